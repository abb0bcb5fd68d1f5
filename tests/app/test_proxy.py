"""The page in Chromium, behind a proxy with a name and a path of its own, as in Codespaces or before a container."""

import contextlib
import threading
import time

import httpx2 as httpx
import processes
import pytest
import uvicorn
from browsing import BEEN_HERE, SEVEN, draw, reads
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

NAME, PATH = "digits.localhost", "/tools/digits"  # browsers take such a name to this machine


@pytest.fixture(scope="module")
def port(page_run):
    """Where the page is itself, told its name and its path."""
    arguments = ["--run-dir", page_run, "--port", 0, "--no-browser", "--allow-host", NAME, "--root-path", PATH]
    with processes.start("app", *arguments) as app:
        yield int(app.stdout.readline().split(":")[2].split("/")[0])
        app.terminate()
        app.wait(10)


@contextlib.contextmanager
def proxy(port, *, strips):
    """A reverse proxy below PATH; gives its port. One that `strips` takes PATH away, and says the server's own host."""

    async def passed_on(request):
        path = request.url.path.removeprefix(PATH) if strips else request.url.path
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
        headers["host"] = f"127.0.0.1:{port}" if strips else request.headers["host"]
        async with httpx.AsyncClient(timeout=60) as client:
            answer = await client.request(
                request.method, f"http://127.0.0.1:{port}{path}", headers=headers, content=await request.body()
            )
        kept = {name: value for name, value in answer.headers.items() if name in ("content-type", "location")}
        kept["content-security-policy"] = answer.headers.get("content-security-policy", "")
        return Response(answer.content, answer.status_code, kept)

    routes = [Route(f"{PATH}{rest}", passed_on, methods=["GET", "POST"]) for rest in ("", "/{path:path}")]
    config = uvicorn.Config(Starlette(routes=routes), port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize("strips", [True, False])
def test_the_page_behind_a_name_and_a_path(browser, port, strips):
    with proxy(port, strips=strips) as outside:
        page = browser.new_page()
        page.add_init_script(BEEN_HERE)
        addresses, errors = [], []
        page.on("request", lambda request: addresses.append(request.url))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(f"http://{NAME}:{outside}{PATH}{'/' if strips else ''}")
        page.locator("#about:not(:empty)").wait_for()
        draw(page, SEVEN, 300)
        reads(page, "7")
        page.locator("#scopes figcaption").nth(5).wait_for()
        page.close()
    assert errors == []
    home = f"http://{NAME}:{outside}{PATH}"
    assert all(url.startswith((f"{home}/", "data:", "blob:")) or url == home for url in addresses), addresses
    assert any(url == f"{home}/drawing" for url in addresses)


def test_another_name_is_refused_behind_it_too(port):
    with proxy(port, strips=False) as outside:
        address = f"http://127.0.0.1:{outside}{PATH}/health"
        assert httpx.get(address, headers={"host": NAME}).status_code == 200
        assert httpx.get(address, headers={"host": "evil.example"}).status_code == 403
        strangers = {"host": NAME, "origin": "http://evil.example"}
        assert httpx.post(f"{address.removesuffix('health')}look", headers=strangers).status_code == 403
