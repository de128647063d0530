// Captures on disk, read by capture_format.h through one buffer: pcap and pcapng.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "capture/packet.h"

namespace unopened::capture {

// Opens a capture; "-" is the standard input. Refuses, with Failure::kInput or kPermission, what is
// missing, unreadable, empty, a folder, no capture, compressed, or without an interface whose link
// type link.h reads.
//
// Where a file is truncated or damaged, Dispatch delivers what was readable and then returns an
// Error with Failure::kPartialInput that names the damage, the packet and the offset; the same
// error again if asked again. A file's interfaces may differ in everything. Stop() ends a file at
// the next packet; a read that waits for a pipe ends when a signal interrupts it. Memory: a buffer
// of 256 KiB, more only where one block is larger (16 MiB at most), and 56 bytes an interface.
base::Result<std::unique_ptr<PacketSource>> OpenFile(const std::string& path);

// The captures that `path` stands for: a file or "-" is itself; a folder is its *.pcap, *.pcapng
// and
// *.cap files, by name, not those of its sub-folders. A folder without any is an error.
base::Result<std::vector<std::string>> ListCaptures(const std::string& path);

}  // namespace unopened::capture
