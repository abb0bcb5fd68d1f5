"""The page served beside a program that goes on, as a notebook is."""

import asyncio
import socket
import threading

import httpx2 as httpx
import pytest

from lenet_tf1 import serve
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Recorded


def serve_in_a_cell(*arguments, **options):
    """What `serve` gives where an event loop is running."""

    async def cell():
        return serve(*arguments, **options)

    return asyncio.run(cell())


def test_in_a_notebook_it_gives_an_address_and_a_stop(page_run):
    report = Recorded()
    page = serve_in_a_cell(page_run, port=0, report=report)
    try:
        assert report.lines == [f"The page is at {page.address}. Its stop() ends it."]
        assert page.address in repr(page)
        assert httpx.get(f"{page.address}health").json()["status"] == "ok"
        port = int(page.address.rsplit(":", 1)[1].strip("/"))
        with pytest.raises(InputError, match="can't be listened at"):  # the same cell once more
            serve_in_a_cell(page_run, port=port)
    finally:
        page.stop()
    page.stop()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    serve_in_a_cell(page_run, port=port, report=report).stop()  # at once, and where it was
    assert not [thread for thread in threading.enumerate() if thread.name == "lenet_tf1 page"]
