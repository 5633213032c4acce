"""Pictures are made anew: nothing of what was sent goes on but its pixels."""

import struct
import subprocess
import sys
import warnings
import zlib
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from healthbook import beside
from healthbook.errors import Busy
from healthbook.images import NotAPicture, remade

ROOT = Path(__file__).parent.parent
GPS, ORIENTATION, DESCRIPTION = 0x8825, 0x0112, 0x010E
MARK = b"<script>alert(1)</script>"


def picture(kind="JPEG", size=(60, 40), mode="RGB", **more):
    """Red on its left half and blue on its right."""
    made = Image.new("RGB", size, "red")
    made.paste("blue", (size[0] // 2, 0, *size))
    written = BytesIO()
    made.convert(mode).save(written, kind, **more)
    return written.getvalue()


def opened(content):
    found = Image.open(BytesIO(content))
    found.load()
    return found


def png_of(width, height):
    """The head of a PNG of that size, and almost nothing in it."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png")])
def test_it_is_the_same_picture_of_the_same_kind(kind, media_type):
    made = remade(picture(kind))
    assert made.media_type == media_type
    again = opened(made.content)
    assert (again.format, again.size) == (kind, (60, 40))
    assert again.convert("RGB").getpixel((5, 20))[0] > 200
    assert again.convert("RGB").getpixel((55, 20))[2] > 200


def test_where_it_was_taken_is_gone():
    """EXIF with the place (UP4)."""
    exif = Image.Exif()
    exif[DESCRIPTION] = "zq7 at home"
    exif.get_ifd(GPS)[2] = (51.0, 27.0, 14.0)
    sent = picture(exif=exif, comment=b"zq7 comment")
    assert b"zq7 at home" in sent
    made = remade(sent).content
    assert b"zq7" not in made
    assert not opened(made).getexif()


def test_what_stands_in_a_png_beside_its_pixels_is_gone():
    """Text, dates and other chunks (UP4)."""
    told = PngInfo()
    told.add_text("Comment", "zq7 at home")
    sent = picture("PNG", dpi=(300, 300), icc_profile=b"profile", pnginfo=told)
    made = opened(remade(sent).content)
    assert b"zq7" in sent
    assert not made.info


def test_a_photo_stands_upright():
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    made = opened(remade(picture(exif=exif)).content)
    assert made.size == (40, 60)
    assert made.getpixel((20, 5))[0] > 200


def test_what_hangs_on_behind_a_picture_is_gone():
    """A JPEG with a script after its end (UP3)."""
    made = remade(picture() + MARK)
    assert MARK not in made.content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8\xff" + b"x" * 100,
        b"\x89PNG\r\n\x1a\n" + b"x" * 100,
        b"GIF89a/*" + MARK + b"*/=1;",
        picture("GIF"),
        picture("BMP"),
        picture("TIFF"),
        picture("WEBP"),
        picture()[:400],
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7",
    ],
    ids=lambda content: repr(content[:12]),
)
def test_what_is_no_jpeg_or_png_is_refused(content):
    """Polyglots, other kinds, and pieces (UP2, UP3)."""
    with pytest.raises(NotAPicture) as refusal:
        remade(content)
    assert refusal.value.status == 415


@pytest.mark.parametrize("size", [(20_000, 20_000), (12_000, 12_000), (40_000_001, 1), (8000, 8000)])
def test_a_bomb_of_pixels_is_refused_before_it_unfolds(size):
    """A few bytes that would be gigabytes, also between one and two times the limit, where Pillow only warns (UP5)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(NotAPicture):
            remade(png_of(*size))


def test_a_real_picture_with_too_many_pixels_is_refused():
    """One bit each: 64 million of them in a few kilobytes, which Pillow would only warn of (UP5)."""
    sent = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Image.new("1", (8000, 8000)).save(sent, "PNG")
        with pytest.raises(NotAPicture):
            remade(sent.getvalue())


def test_the_limit_is_ours_and_a_warning_is_an_error():
    """As a process of its own finds it when it imports the module (UP5)."""
    asked = "import warnings; from PIL import Image; import healthbook.images; print(Image.MAX_IMAGE_PIXELS);"
    asked += "warnings.warn('too large', Image.DecompressionBombWarning)"
    told = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True)
    assert (told.stdout.strip(), told.returncode) == ("40000000", 1)
    assert "DecompressionBombWarning: too large" in told.stderr


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "I;16"])
def test_other_ways_to_keep_colours_are_understood(mode):
    sent = BytesIO()
    Image.new(mode, (9, 9)).save(sent, "PNG")
    assert opened(remade(sent.getvalue()).content).size == (9, 9)


@pytest.mark.parametrize("mode", ["CMYK", "L"])
def test_jpegs_of_other_colours_too(mode):
    assert remade(picture(mode=mode)).media_type == "image/jpeg"


def test_what_shines_through_stays_so():
    sent = BytesIO()
    Image.new("RGBA", (9, 9), (255, 0, 0, 100)).save(sent, "PNG")
    assert opened(remade(sent.getvalue()).content).getpixel((3, 3)) == (255, 0, 0, 100)


def test_only_the_first_of_several_pictures_is_kept():
    sent = BytesIO()
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "green")]
    frames[0].save(sent, "PNG", save_all=True, append_images=frames[1:])
    made = opened(remade(sent.getvalue()).content)
    assert (getattr(made, "n_frames", 1), made.getpixel((1, 1))) == (1, (255, 0, 0))


def test_a_longest_side_makes_it_smaller_and_never_larger():
    assert opened(remade(picture(size=(600, 300)), longest=100).content).size == (100, 50)
    assert opened(remade(picture(size=(60, 30)), longest=100).content).size == (60, 30)


class TestBeside:
    """Under gevent: work beside the loop."""

    @pytest.fixture
    def patched(self, monkeypatch):
        monkeypatch.setattr(beside.monkey, "is_module_patched", lambda name: True)

    def test_it_is_done_by_another_thread(self, patched):
        pool = beside.Beside(most=2)
        assert pool.run(sum, [1, 2]) == 3
        assert pool.waiting == 0
        pool.thread.kill()

    def test_who_would_wait_too_long_is_told_so(self, app, patched):
        pool = beside.Beside(most=0)
        with app.test_request_context(), pytest.raises(Busy):
            pool.run(sum, [1, 2])

    def test_without_gevent_it_is_simply_done(self):
        assert beside.Beside(most=0).run(Thread, None) is not None
