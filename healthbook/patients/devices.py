"""What people call the browser that they signed in with."""

BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrome": "Chrome",
    "CriOS": "Chrome",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "Linux": "Linux",
}


def device(user_agent: str | None) -> str:
    """Firefox, Android; or '' for what we do not know. The order counts: most of them claim to be others too."""
    said = user_agent or ""
    browser = first(BROWSERS, said) or ("Safari" if "Safari" in said else "")
    return ", ".join(filter(None, (browser, first(SYSTEMS, said))))


def first(names: dict[str, str], said: str) -> str:
    return next((name for word, name in names.items() if word in said), "")
