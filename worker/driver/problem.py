"""What is wrong with a scene, in words that a person can act on."""


# A scene can hold any number of mistakes, and Blender can be long-winded; nobody reads all of it.
MOST_PROBLEMS = 500
LONGEST_MESSAGE = 4000


def refuse(code, message):
    """The frames would be wrong: rendering does not start."""
    return {"code": code, "severity": "refuse", "message": shortened(message)}


def warn(code, message):
    return {"code": code, "severity": "warn", "message": shortened(message)}


def missing(code, message, asked):
    """Refused unless the settings allow missing files."""
    return (warn if asked.get("allowMissing") else refuse)(code, message)


def shortened(message):
    return message if len(message) <= LONGEST_MESSAGE else message[:LONGEST_MESSAGE] + " …"


def foremost(problems):
    """Refusals first."""
    return sorted(problems, key=lambda problem: problem["severity"])[:MOST_PROBLEMS]
