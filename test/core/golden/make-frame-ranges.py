"""Writes frame-ranges.json from the reference libraries, so that the tests need no Python.

    python -m venv .tools/oracles && .tools/oracles/bin/pip install fileseq==3.4.0 openjd-model==0.14.0
    .tools/oracles/bin/python test/core/golden/make-frame-ranges.py > test/core/golden/frame-ranges.json
"""
import json
import random
import sys
from importlib.metadata import version

import fileseq
from openjd._openjd_rs import RangeExpr, StepParameterSpace, StepParameterSpaceIterator
from openjd.model import IntRangeExpr
from openjd.model._step_param_space_iter import divide_int_list_into_contiguous_chunks as contiguous
from openjd.model._step_param_space_iter import divide_int_list_into_noncontiguous_chunks as noncontiguous

# Another seed and more rows, such as `7 20`, make a longer run against the libraries.
seed, times = (int(given) for given in sys.argv[1:3] or (20261124, 1))
draw = random.Random(seed)

FILESEQ = """
1|1-10|10-1|-5|-5--1|-1--5|5--5|1-1|1,2,3|3,1,2|1-10,5-15|1-10x3|1-10x1|10-1x3|10-1x-3|1-10x-3|1-10x0|1-10y0|1-10:0
1-10y3|10-1y3|1-10y1|1-10y-3|10-1y-3|1-10y100|1-10:2|1-10:4|1-10:1|10-1:3|10-1:-3|1-10:-3|1-10:100|5-5x2|5-5x-2|5-5y3|5-5:3
1-10x3,1-10|1-10x5,1-10x2,1-10|1-100y7,1-100|1-10,1-10|001-010|-0|-0-3|1-5#|#1-5@@|@|#| 1 - 5 | 1 , 2|1\t-\t3||,|1,,2|1,|,1
1-|-|--1|1--|1-10x|1x5|1-10X2|1-10Y2|1-10xx2|1..10|1:10|1-2-3|a|1-b|1+2|+1|1 2 3|1-10 20-30|1-10x2y3|1-10x3x2|0x10|1e3|1;2
1-20x2,1-20y3,1-20|20-1:4,30-1x7|-10-10:3,-10-10|1-50x7,50-1x3,1-50y2|1-10x3,-10-20y4,5|1-3,2,7-5,6,1
""".replace("\n", "|").strip("|").split("|")

OPENJD = """
1|1-10|01-05|-5|-5--1|-5 - -1|5-5|5-5:3|1-10:2|1-10:3|1-5:3|1-9:3|7-8|10-1:-1|10-1:-3|10-1|1 - -1|1-10:-1|1-10:0|10-6,5-1
1,2,3|3,1,2|1,2,3,2|1-10,5-15|1-10:2,2-10:2|1-10:4,10-15|1-3,4-6|1-10:3,11-20|1-7:3,8,9|1-10:2,12-20:2|1,5-100|1,3,5|1,2,4,6
 1 - 5 : 2 |1 -5|1- 5|\t1,\t2|1 2|1-2 4-5|--12|1---10|-0|00-5|5--5:-2||,|1,|,1|1,,2| |1-|-|1-10:|1:2|1-10x2|1-10y2|+1|1+2|a|1.5|1..10
1-10:2:3|1;2|4-6:2,7-9|10-1:-4,11|-10--1:3,0-5|100-50:-7,1-20:4
""".replace("\n", "|").strip("|").split("|")


def number():
    return str(draw.choice([draw.randint(-20, 40), draw.randint(1, 60), draw.randint(1, 90)]))


def random_fileseq():
    parts = []
    for _ in range(draw.randint(1, 4)):
        part = number()
        if draw.random() < 0.85:
            part += "-" + number()
            if draw.random() < 0.75:
                part += draw.choice("xy:") + draw.choice(["", "", "", "-"]) + str(draw.randint(0, 12))
        parts.append(part)
    return ",".join(parts)


def random_openjd():
    at = draw.randint(-50, 50)
    parts = []
    for _ in range(draw.randint(1, 5)):
        start = at
        end = start + draw.choice([0, draw.randint(0, 20)])
        step = draw.choice([1, 1, draw.randint(1, 6)])
        if draw.random() < 0.25:
            parts.append(f"{end}-{start}:-{step}")
        elif end == start and draw.random() < 0.7:
            parts.append(str(start))
        else:
            parts.append(f"{start}-{end}" + (f":{step}" if step > 1 or draw.random() < 0.1 else ""))
        at = end + draw.choice([1, 1, draw.randint(0, 8), draw.randint(-3, 3)])
    draw.shuffle(parts)
    return ",".join(parts)


def attempt(read):
    try:
        return read()
    except Exception:
        return None


def overlaps_as_written(text):
    spans = []
    for part in text.split(","):
        values = part.replace(" ", "").replace("\t", "").split(":")[0]
        cut = values.find("-", 1)
        ends = [int(values)] * 2 if cut < 0 else sorted([int(values[:cut]), int(values[cut + 1:])])
        spans.append(ends)
    spans.sort()
    return any(a[1] >= b[0] for a, b in zip(spans, spans[1:]))


def rust_chunks(values, size, constraint):
    chunks = {"defaultTaskCount": size, "rangeConstraint": constraint}
    frame = {"type": "CHUNK[INT]", "range": RangeExpr.from_list(values), "chunks": chunks}
    space = StepParameterSpace(taskParameterDefinitions={"F": frame})
    return [str(parameters["F"].value) for parameters in StepParameterSpaceIterator(space=space)]


def fileseq_row(text):
    return {"text": text, "frames": attempt(lambda: [int(frame) for frame in fileseq.FrameSet(text)])}


def openjd_row(text):
    python = attempt(lambda: sorted(IntRangeExpr.from_str(text)))  # it tells `10-1:-1` downwards
    rust = attempt(lambda: [value for run in RangeExpr.from_str(text).ranges() for value in run])
    assert python == rust, (text, python, rust)
    row = {"text": text, "frames": python}
    if python:
        row["canonical"] = str(IntRangeExpr.from_list(python))
        assert row["canonical"] == str(RangeExpr.from_list(python)), text
        if overlaps_as_written(text):
            row["refused"] = "the ranges overlap as they are written, which the specification refuses"
    return row


def chunk_row(text, size):
    values = sorted(IntRangeExpr.from_str(text))
    row = {"text": text, "size": size}
    row["contiguous"] = contiguous(size, values)
    assert row["contiguous"] == rust_chunks(values, size, "CONTIGUOUS"), text
    row["noncontiguous"] = rust_chunks(values, size, "NONCONTIGUOUS")
    spread = noncontiguous(size, values)
    if spread != row["noncontiguous"]:
        row["python"] = spread
    return row


def distinct(texts):
    return list(dict.fromkeys(texts))


openjd = [openjd_row(text) for text in distinct(OPENJD + [random_openjd() for _ in range(150 * times)])]
whole = [row["text"] for row in openjd if row["frames"] and "refused" not in row]
fixed = [("1-35", 10), ("1-12", 5), ("1-10", 3), ("1-29", 7), ("1,10-12,18-50", 10), ("1-10:2,12,14,20-30", 4)]
rows = {
    "made by": {name: version(name) for name in ["fileseq", "openjd-model"]},
    "known disagreements": [
        "openjd rows with `refused`: both models shrink a range to its last frame before looking for overlaps",
        "chunks with `python`: the Python model spreads the longer chunks, openjd-rs puts them first",
    ],
    "fileseq": [fileseq_row(text) for text in distinct(FILESEQ + [random_fileseq() for _ in range(250 * times)])],
    "openjd": openjd,
    "chunks": [chunk_row(*case) for case in fixed + [(draw.choice(whole), draw.randint(1, 9)) for _ in range(80 * times)]],
}
print("{")
for last, (name, value) in enumerate(rows.items(), 1 - len(rows)):
    comma = "," if last else ""
    if isinstance(value, list):
        lines = ",\n".join(f"    {json.dumps(row, separators=(',', ':'))}" for row in value)
        print(f'  "{name}": [\n{lines}\n  ]{comma}')
    else:
        print(f'  "{name}": {json.dumps(value)}{comma}')
print("}")
