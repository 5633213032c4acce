"""Pictures that people send are made anew: what is no picture does not survive, nor what a camera wrote beside it."""

import warnings
from io import BytesIO
from typing import NamedTuple

from flask_babel import gettext as _
from PIL import Image, ImageOps

from healthbook.beside import Beside
from healthbook.errors import Refused

MOST_PIXELS = 40_000_000
MEDIA_TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png"}
pictures = Beside(most=4)
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
# Pillow only warns until it is twice as many.
warnings.simplefilter("error", Image.DecompressionBombWarning)


class NotAPicture(Refused):
    """What was sent cannot be read as a JPEG or PNG of a size that can be."""

    status = 415


class Picture(NamedTuple):
    media_type: str
    content: bytes


def remade(content: bytes, longest: int | None = None) -> Picture:
    """The same picture, upright, without EXIF or anything else beside it; `longest`: its longer side at most.

    Takes up to a second and 300 MB. Raises NotAPicture, and Busy where several are waiting already.
    """
    found = pictures.run(made_anew, content, longest)
    if found is None:
        raise NotAPicture(_("We could not read this picture. Send it as a JPEG or PNG of at most 40 million pixels."))
    return found


def made_anew(content: bytes, longest: int | None) -> Picture | None:
    """Answers rather than raises: gevent would print what is raised in its threads."""
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as sent:
            if sent.width * sent.height > MOST_PIXELS:
                return None
            media_type = MEDIA_TYPES[sent.format or ""]
            return Picture(media_type, encoded(upright(sent, longest), media_type))
    # A broken file makes Pillow's decoders raise whatever they come upon.
    except Exception:
        return None


def upright(sent: Image.Image, longest: int | None) -> Image.Image:
    """Turned as the camera meant it, in colours that both kinds of file can hold, with nothing but its pixels."""
    turned = ImageOps.exif_transpose(sent)
    if longest:
        turned.thumbnail((longest, longest))
    mode = turned.mode if turned.mode in ("L", "RGB") else "RGBA" if turned.has_transparency_data else "RGB"
    bare = turned.convert(mode)
    bare.info.clear()
    return bare


def encoded(picture: Image.Image, media_type: str) -> bytes:
    written = BytesIO()
    if media_type == "image/jpeg":
        picture.convert("L" if picture.mode == "L" else "RGB").save(written, "JPEG", quality=90)
    else:
        picture.save(written, "PNG")
    return written.getvalue()
