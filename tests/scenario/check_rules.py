#!/usr/bin/env python3
"""Every metric that a rule asks for is one that the gateway exposes (docs/metrics.md, which a test holds against the exposition)
or one that a recording rule makes.

check_rules.py SOURCE_TREE
"""

import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
exposed = set(re.findall(r"^\| `(unopened_\w+)`", (root / "docs/metrics.md").read_text(encoding="utf-8"), re.M))
problems = [] if len(exposed) > 20 else ["docs/metrics.md lists no metrics"]
recorded = set(re.findall(r"record: (\S+)", (root / "packaging/prometheus/recording.yml").read_text(encoding="utf-8")))
for name in ("recording.yml", "alerts.yml", "rules_test.yml"):
    text = re.sub(r"#.*", "", (root / "packaging/prometheus" / name).read_text(encoding="utf-8"))
    for metric in sorted(set(re.findall(r"(?<![\w:./])unopened_\w+(?!:)", text))):
        if re.sub(r"_(bucket|sum|count)$", "", metric) not in exposed and metric not in exposed:
            problems.append(f"{name}: no metric {metric}")
    for record in sorted(set(re.findall(r"\binstance(?:_\w+)?:\S*?:\w+", text)) - recorded):
        problems.append(f"{name}: no rule records {record}")
for problem in problems:
    print(problem)
sys.exit(1 if problems else 0)
