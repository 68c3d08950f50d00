# Reads YAML files with PyYAML, as node/reader.mjs does with the parsers of npm.
import json
import sys

import yaml

# The loader in C reads the same and is ten times as fast; some builds lack it.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def tagged(value):
    if value is None:
        return "null:"
    if isinstance(value, list):
        return [tagged(item) for item in value]
    if isinstance(value, dict):
        return {tagged(key): tagged(item) for key, item in value.items()}
    if isinstance(value, str):
        return "string:" + value
    if isinstance(value, bool):
        return "bool:" + str(value).lower()
    if isinstance(value, (int, float)):
        return "number:" + repr(value)
    return "other:" + str(value)  # a date, bytes, a set


sys.stdin.reconfigure(encoding="utf-8", newline="\n")
sys.stdout.reconfigure(encoding="utf-8", newline="\n")
for line in sys.stdin:
    try:
        out = {"docs": [tagged(doc) for doc in yaml.load_all(json.loads(line), Loader)]}
    except Exception as e:
        out = {"error": " ".join(str(e).split())}
    print(json.dumps({"PyYAML": out}))
