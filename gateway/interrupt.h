// Interrupt: SIGINT, SIGTERM and SIGHUP as something to wait for, in one thread, instead of
// handlers anywhere.
#pragma once

#include <csignal>

namespace unopened::gateway {

// A thread sends it to the one that waits, to end the wait. From elsewhere it means nothing.
inline constexpr int kWakeUp = SIGUSR1;

// Blocks SIGINT, SIGTERM, SIGHUP and kWakeUp in the caller and in every thread it starts
// afterwards, and ignores SIGPIPE. Call first.
void BlockSignals();

// Waits up to `milliseconds` for one of them; its number, or 0 when the time is over.
int WaitForSignal(int milliseconds);

// Whether a SIGHUP means that: the terminal on one of the standard streams was closed.
bool TerminalIsGone();

}  // namespace unopened::gateway
