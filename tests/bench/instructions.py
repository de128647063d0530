#!/usr/bin/env python3
"""Counts the instructions that a packet costs, and holds them to a recorded budget: a regression is seen without a clock.

    instructions.py GATEWAY WORKLOAD_CAPTURE [--record]

Makes small workloads (workload_capture.cc), runs `watch -r` on each under callgrind, and counts what runs inside
FileSource::Dispatch: reading, decoding, the flow table, the dissectors; neither start-up nor the log. More than 10 % above
tests/bench/instructions.json fails; more than 10 % below asks to record the gain. OpenSSL and the C library are counted as
the emulated processor runs them, so the numbers are for comparing with themselves only.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

BUDGET = pathlib.Path(__file__).with_name('instructions.json')
WORKLOADS = {'tls': ['1000'], 'pq': ['1000'], 'quic': ['500'], 'noise': ['2000'], 'bulk': ['100', '20000']}
MARGIN = 0.10


def count(gateway, maker, kind, arguments, folder):
    capture = folder / f'{kind}.pcap'
    made = subprocess.run([maker, kind, capture, *arguments], check=True, capture_output=True, text=True)
    packets = int(made.stdout.split()[0])
    out = folder / f'{kind}.callgrind'
    subprocess.run(['valgrind', '--tool=callgrind', f'--callgrind-out-file={out}', '--collect-atstart=no',
                    '--toggle-collect=*FileSource::Dispatch*', gateway, 'watch', '-r', capture, '--format', 'jsonl'],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # The whole program's sum; 'summary:' counts one thread's part.
    totals = re.findall(r'^totals: (\d+)', out.read_text(), re.M)
    return int(totals[-1]) / packets


def main():
    gateway, maker = sys.argv[1:3]
    record = '--record' in sys.argv[3:]
    budget = {} if record else json.loads(BUDGET.read_text())
    counted = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind, arguments in WORKLOADS.items():
            counted[kind] = round(count(gateway, maker, kind, arguments, pathlib.Path(folder)))
    if record:
        BUDGET.write_text(json.dumps(counted, indent=2) + '\n')
    failed = False
    print(f'{"workload":10} {"a packet":>9} {"budget":>9}')
    for kind, instructions in counted.items():
        allowed = budget.get(kind, instructions)
        change = instructions / allowed - 1
        print(f'{kind:10} {instructions:>9,} {allowed:>9,} {change:+.1%}')
        if change > MARGIN:
            failed = True
            print(f'  more than {MARGIN:.0%} above the budget: a packet became dearer')
        elif change < -MARGIN:
            print('  far below the budget: record the gain with --record')
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
