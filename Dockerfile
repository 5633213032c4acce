# The commands are the Makefile's (install, serve); tests/test_packaging.py holds them to it.
FROM python:3.13-slim-bookworm

ENV PIP_NO_CACHE_DIR=1 \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8000

RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent healthbook

WORKDIR /healthbook

COPY requirements.txt .
RUN python3 -m venv .venv \
 && .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt

COPY wsgi.py .
COPY healthbook healthbook
COPY migrations migrations
COPY templates templates
COPY static static

USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD [".venv/bin/python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
CMD [".venv/bin/python", "-m", "healthbook", "serve"]
