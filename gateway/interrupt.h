// Interrupt: SIGINT and SIGTERM as something to wait for, in one thread, instead of handlers
// anywhere.
#pragma once

namespace unopened::gateway {

// Blocks SIGINT, SIGTERM and SIGHUP in the caller and in every thread it starts afterwards, and
// ignores SIGPIPE. Call first.
void BlockSignals();

// Waits up to `milliseconds` for one of them; its number, or 0 when the time is over.
int WaitForSignal(int milliseconds);

}  // namespace unopened::gateway
