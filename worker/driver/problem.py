"""What is wrong with a scene, in words that a person can act on."""


def refuse(code, message):
    """The frames would be wrong: rendering does not start."""
    return {"code": code, "severity": "refuse", "message": message}


def warn(code, message):
    return {"code": code, "severity": "warn", "message": message}


def missing(code, message, asked):
    """Refused unless the settings allow missing files."""
    return (warn if asked.get("allowMissing") else refuse)(code, message)
