"""Whoever sends slowly keeps nothing that others wait for."""

from io import BytesIO

import pytest

from healthbook.db import db


class Watched(BytesIO):
    """The body of a request, and how many connections to the database are in use whenever some of it is read."""

    def __init__(self, body):
        super().__init__(body)
        self.in_use = []

    def readinto(self, buffer):
        self.in_use.append(db.engine.pool.checkedout())
        return super().readinto(buffer)


@pytest.mark.parametrize("path", ["/me/photo", "/sign-out"])
def test_no_connection_is_held_while_a_body_is_read(committed, site, path):
    client = committed.app.test_client()
    client.set_cookie("session", site.cookie("ada@test.example"))
    fields = f'--zq7\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{site.form_token()}\r\n'
    body = Watched(f"{fields}--zq7--\r\n".encode())
    answer = client.post(
        path, input_stream=body, content_length=len(body.getvalue()), content_type="multipart/form-data; boundary=zq7"
    )
    assert answer.status_code in (303, 422)
    assert body.in_use
    assert set(body.in_use) == {0}
