"""What static/hb adds to htmx, in a real browser: live regions, refusals, no answer at all, the focus, the stream."""

from threading import Thread

import pytest
from stage import Stage
from werkzeug.serving import make_server

pytestmark = pytest.mark.browser


@pytest.fixture
def stage():
    stage = Stage()
    server = make_server("127.0.0.1", 0, stage.app, threaded=True)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    stage.url = f"http://127.0.0.1:{server.port}/"
    yield stage
    stage.tell(None)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(chromium, stage):
    """The stage's page in a browser; whatever the test does, the Content-Security-Policy is never broken."""
    page = chromium.new_context().new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(stage.url)
    yield page
    assert not [text for text in said if "Content Security Policy" in text or "TrustedHTML" in text]
    page.context.close()


def focused(page) -> str:
    return page.evaluate(
        "document.activeElement.id || document.activeElement.className || document.activeElement.tagName"
    )


def live(page):
    page.wait_for_selector(".live-dot:not(.off):visible", timeout=15_000)
    page.wait_for_timeout(700)


def test_a_time_taken_elsewhere_changes_in_its_place_and_keeps_the_focus(stage, page):
    live(page)
    page.focus("#t1")
    stage.taken.add(1)
    stage.tell("times")
    page.wait_for_selector("#t1[aria-disabled]", timeout=1000)
    assert focused(page) == "t1"
    page.keyboard.press("Enter")
    page.wait_for_timeout(100)
    assert page.inner_text("#announce") == "That time has been taken"


def test_when_what_had_the_focus_is_gone_the_heading_of_its_region_has_it(stage, page):
    live(page)
    page.focus("#t1")
    stage.gone.add(1)
    stage.tell("times")
    page.wait_for_selector("#t1", state="detached")
    page.wait_for_timeout(100)
    assert page.evaluate("document.activeElement.textContent") == "Free"


def test_a_region_that_did_not_change_is_not_sent_again(stage, page):
    live(page)
    stage.taken.add(1)
    stage.tell("times")
    page.wait_for_selector("#t1[aria-disabled]")
    stage.tell("times")
    page.wait_for_timeout(800)
    assert stage.parts[-2:] == [200, 304]


def test_when_no_answer_comes_the_page_says_so_and_asking_again_sends_the_same(stage, page):
    live(page)
    page.route(stage.url, lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.click("#t2")
    page.wait_for_selector(".unknown")
    assert "Nobody knows yet" in page.inner_text(".unknown")
    assert "unknown" in focused(page)
    page.unroute(stage.url)
    stage.taken.add(2)
    stage.tell("times")
    page.wait_for_selector("#t2[aria-disabled]")
    page.click(".unknown >> text=Ask again")
    page.wait_for_selector(".unknown", state="detached")
    assert stage.posted == ["2"]
    assert focused(page) != "BODY"


def test_a_refusal_is_shown_beside_the_page_which_stays_as_it_was(stage, page):
    live(page)
    stage.status = 404
    page.click("#t2")
    page.wait_for_selector("#alerts .toast")
    assert "We cannot find this page" in page.inner_text("#alerts")
    assert page.is_visible("#t2")
    page.click("#alerts [data-dismiss]")
    assert focused(page) == "main"


def test_a_refresh_that_fails_says_nothing(stage, page):
    live(page)
    stage.status = 503
    stage.tell("times")
    page.wait_for_timeout(800)
    assert page.inner_text("#alerts") == ""
    assert page.is_visible("#t2")


def test_a_double_click_is_one_request(stage, page):
    live(page)
    page.dblclick("#t3", delay=30)
    page.wait_for_timeout(500)
    assert stage.posted == ["3"]


def test_arrow_keys_go_from_time_to_time(page):
    page.focus("#t0")
    page.keyboard.press("ArrowRight")
    assert focused(page) == "t1"


def test_a_stream_that_ends_is_opened_again_and_the_page_says_what_it_knows(stage, page):
    live(page)
    stage.stream_status = 503
    stage.tell(None)
    page.wait_for_selector(".live-dot.off", timeout=10_000)
    assert page.inner_text(".live-dot") == "Reconnecting…"
    stage.stream_status = 200
    live(page)


def test_a_first_connection_that_fails_is_tried_again(stage, chromium):
    stage.stream_status = 503
    page = chromium.new_context().new_page()
    page.goto(stage.url)
    page.wait_for_selector(".live-dot.off")
    stage.stream_status = 200
    live(page)
    page.context.close()


def test_a_session_that_ended_loads_the_page_again_but_once(stage, page):
    live(page)
    loads = []
    page.on("load", lambda: loads.append(1))
    stage.stream_status = 401
    stage.tell(None)
    page.wait_for_timeout(5000)
    assert len(loads) == 1


def test_a_page_without_script_does_not_say_that_it_is_live(stage, chromium):
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(stage.url)
    assert not page.is_visible(".live-dot")
    page.context.close()
