import base64
import io
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2 as httpx
import numpy as np
import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from starlette.testclient import TestClient

from lenet_tf1.app import server
from lenet_tf1.app import service as service_module
from lenet_tf1.app.connections import MAX_BODY
from lenet_tf1.app.inside import WHY
from lenet_tf1.app.server import application
from lenet_tf1.app.service import Service
from lenet_tf1.base.report import Recorded
from lenet_tf1.data.batches import as_input
from lenet_tf1.inference.parts import run, unpacked

HOSTS = {"127.0.0.1", "localhost", "::1"}


def png(image):
    buffer = io.BytesIO()
    Image.fromarray(255 - np.kron(image, np.ones([4, 4], np.uint8))).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def service(page_run):
    return Service(page_run)


@pytest.fixture(scope="module")
def client(service):
    return TestClient(application(service, HOSTS), base_url="http://127.0.0.1:8000")


def test_a_picture_is_answered_with_what_is_in_it(client, mnist):
    answer = client.post("/recognize", content=png(mnist.test.images[0]))
    assert answer.status_code == 200
    found = answer.json()
    assert found["text"] == ["7"]
    assert found["size"] == [112, 112]
    (digit,) = found["digits"]
    assert digit.keys() == {"label", "probability", "box", "probabilities", "doubted", "image"}
    assert digit["label"] == "7"
    assert len(digit["probabilities"]) == 10


def test_where_the_page_reader_sees_digits(client, mnist):
    ink = np.zeros([50, 75], np.uint8)
    ink[11:39, 40:68] = mnist.test.images[0]
    whole = client.post("/recognize-with-heat", content=png(ink)).json()
    answer = whole.pop("heat")
    assert whole == client.post("/recognize", content=png(ink)).json()
    assert next(iter(answer)) == "× 1"
    assert answer["× 1"]["shape"] == [50, 75, 1]
    assert all((heat["low"], heat["high"]) == (0, 1) for heat in answer.values())
    maps = [np.frombuffer(base64.b64decode(h["data"]), np.uint8).reshape(h["shape"][:2]) for h in answer.values()]
    heat = max(maps, key=lambda one: one.max())
    assert heat.max() > 150
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert abs(row / len(heat) - 25 / 50) < 0.1 and abs(column / heat.shape[1] - 54 / 75) < 0.1
    assert client.post("/recognize-with-heat", content=b"no picture").status_code == 400


def test_health(client):
    health = client.get("/health").json()
    assert health["status"] == "ok"
    assert health["recipe"] == "page"
    assert health["classes"] == [*"0123456789"]


def test_a_look(client, mnist):
    scopes = client.post("/look", content=mnist.test.images[0].tobytes()).json()
    assert list(scopes)[1:] == ["conv2", "pool3", "conv4", "pool5", "fc6", "fc7"]
    assert scopes["fc7"]["shape"] == [10]
    assert client.post("/look", content=b"short").status_code == 400


def test_a_look_has_the_layers_own_numbers(client, service, mnist):
    """In fp32, whatever the network reads in."""
    scopes = client.post("/look", content=mnist.test.images[0].tobytes()).json()
    with service.recognizer.network.again(lambda model: None) as network:
        outputs, _ = network.run_layers(mnist.test.images[0])
    for scope, output in outputs.items():
        told = np.frombuffer(base64.b64decode(scopes[scope]["data"]), "<f4").reshape(scopes[scope]["shape"])
        assert np.allclose(told, output, atol=1e-5)


def test_what_the_layers_compute(client, service, mnist):
    layers = unpacked(client.get("/layers").json())
    assert [layer.kind for layer in layers] == ["pixels", *["convolution", "maximum"] * 2, "dense", "dense"]
    x = as_input(mnist.test.images[:50])
    computed = run(layers, x)[-1].argmax(axis=1)
    assert (computed == service.recognizer.classify(mnist.test.images[:50]).argmax(axis=1)).all()


@pytest.mark.parametrize("name", WHY)
def test_what_speaks_for_a_class(client, service, mnist, name):
    image = mnist.test.images[0].tobytes()
    told = client.post(f"/why/{name}", content=image + bytes([7])).json()
    assert told["shape"] == [28, 28]
    seven, three = (client.post(f"/why/{name}", content=image + bytes([label])).json() for label in (7, 3))
    assert seven == told != three
    for body in (image, image + bytes([10]), image + bytes(2), b""):
        assert client.post(f"/why/{name}", content=body).status_code == 400
    assert client.post("/why/else", content=image + bytes([7])).status_code == 404


@pytest.mark.parametrize(
    ("path", "kind"), [("/", "html"), ("/page.js", "javascript"), ("/cell.js", "javascript"), ("/page.css", "css")]
)
def test_the_page_and_what_it_may_load(client, path, kind):
    answer = client.get(path)
    assert answer.headers["content-type"].startswith(f"text/{kind}")
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert "http" not in answer.text.replace("http://www.w3.org", "")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_and_paths(client, method):
    assert client.request(method, "/recognize").status_code == 405
    assert client.request(method, "/../setup.cfg").status_code in (404, 405)


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "evil.example:8000"},
        {"host": "127.0.0.1.evil.example"},
        {"host": ""},
        {"host": "[::1"},
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "null"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/health", "/recognize", "/look", "/train"])
def test_foreign_hosts_and_origins_are_refused(client, headers, path):
    post = path in ("/recognize", "/look", "/train")
    answer = client.post(path, headers=headers, content=b"") if post else client.get(path, headers=headers)
    assert answer.status_code == 403
    assert "error" in answer.json()


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000"])
def test_this_machines_own_names_do(client, host):
    assert client.get("/health", headers={"host": host, "origin": f"http://{host}"}).status_code == 200


def test_on_other_addresses_names_are_refused_still(service):
    """A name that another site has pointed here is what a browser would send."""
    client = TestClient(application(service, None), base_url="http://192.168.1.5:8000")
    assert client.get("/health").status_code == 200
    assert client.get("/health", headers={"host": "evil.example"}).status_code == 403


def test_allowed_names_are_answered_and_their_pages(service):
    client = TestClient(application(service, HOSTS, {"digits.example"}), base_url="http://127.0.0.1:8000")
    mine, other = "https://digits.example", "https://evil.example"
    for headers in (
        {"host": "digits.example"},
        {"host": "digits.example", "origin": mine},
        {"host": "DIGITS.example:443", "origin": mine},
        {"origin": mine},  # of a proxy that sends its requests to another host
    ):
        assert client.get("/health", headers=headers).status_code == 200
        assert client.post("/look", headers=headers, content=bytes(784)).status_code == 200
    for headers in (
        {"host": "evil.digits.example"},
        {"host": "digits.example", "origin": other},
        {"origin": f"{other}/digits.example"},
        {"origin": "https://digits.example.evil.example"},
        {"origin": "null"},
    ):
        assert client.get("/health", headers=headers).status_code == 403


def test_behind_a_path(service):
    client = TestClient(application(service, HOSTS, root_path="/some/digits"), base_url="http://127.0.0.1:8000")
    for path in ("/", "/page.js", "/health"):
        assert client.get(f"/some/digits{path}").content == client.get(path).content  # some proxies take it away
    answer = client.get("/some/digits", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/some/digits/")
    assert client.get("/some/digitsx").status_code == 404
    assert client.get("/some/digits/health", headers={"host": "evil.example"}).status_code == 403


def test_too_large_a_body(client):
    assert client.post("/recognize", content=bytes(MAX_BODY + 1)).status_code == 413


def test_a_bad_picture_is_told_in_a_sentence(client):
    answer = client.post("/recognize", content=b"no picture")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("the picture is no picture that can be read: it is none of PNG, JPEG")


def test_large_pictures_wait_for_each_other_but_not_for_long_and_drawings_dont(service, client, mnist, monkeypatch):
    monkeypatch.setattr(server, "_PATIENCE", 0.3)
    reading, may_end = threading.Event(), threading.Event()

    def read(grey):
        reading.set()
        assert may_end.wait(60)
        return []

    monkeypatch.setattr(service.recognizer, "read", read)
    buffer = io.BytesIO()
    Image.new("L", [1000, 1000]).save(buffer, "PNG")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/recognize", content=buffer.getvalue())
        try:
            assert reading.wait(60)
            second = client.post("/recognize", content=buffer.getvalue())
            drawing = client.post("/drawing", content=png(mnist.test.images[0]))
        finally:
            may_end.set()
        assert first.result().status_code == 200
    assert (second.status_code, second.headers["Retry-After"]) == (503, "2")
    assert second.json()["error"] == "other large pictures are being read; try again in a moment"
    assert drawing.json()["text"] == ["7"]
    assert client.post("/recognize", content=buffer.getvalue()).status_code == 200


def test_what_nobody_expected_is_no_traceback(service, client, monkeypatch, mnist):
    report = Recorded()
    monkeypatch.setattr(service, "report", report)
    monkeypatch.setattr(service.recognizer, "read", lambda grey: 1 / 0)
    careless = TestClient(client.app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)
    answer = careless.post("/recognize", content=png(mnist.test.images[0]))
    assert answer.status_code == 500
    assert answer.json() == {"error": "something went wrong in the server"}
    assert report.notes == ["ZeroDivisionError while answering /recognize"]


@pytest.mark.parametrize("examples", [150, pytest.param(10_000, marks=pytest.mark.full)])
def test_no_body_harms_it(client, mnist, examples):
    original = png(mnist.test.images[0])

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def attempt(data):
        body = bytearray(original if data.draw(st.booleans()) else data.draw(st.binary(max_size=200)))
        for _ in range(data.draw(st.integers(0, 6))):
            if body:
                body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
        answer = client.post("/recognize", content=bytes(body))
        assert answer.status_code in (200, 400, 413)
        assert isinstance(json.loads(answer.content), dict)

    attempt()
    assert client.post("/recognize", content=original).json()["text"] == ["7"]


def test_without_a_network_it_offers_to_train_one(tmp_path, monkeypatch, small_folder):
    monkeypatch.setattr(service_module, "FIRST_TRAINING", 3)
    monkeypatch.setattr("lenet_tf1.data.datasets.HANDS", {"page-small": 50})
    monkeypatch.setattr("lenet_tf1.data.datasets._HANDS_HELD_OUT", 50)
    client = TestClient(application(Service(tmp_path / "run"), HOSTS), base_url="http://127.0.0.1:8000")
    health = client.get("/health").json()
    assert health["status"] == "untrained"
    assert health["training"] is None
    assert client.post("/recognize", content=b"").status_code == 503
    assert client.post("/look", content=b"").status_code == 503
    assert client.post("/train").status_code == client.post("/train").status_code == 200  # the second changes nothing
    deadline = time.monotonic() + 60
    while client.get("/health").json()["status"] != "ok":
        assert time.monotonic() < deadline
        assert client.get("/health").json().get("error") is None
        time.sleep(0.1)
    assert client.post("/look", content=bytes(784)).status_code == 200


def test_a_first_training_that_fails_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr("lenet_tf1.data.datasets.HANDS", {"page-small": 50})
    monkeypatch.setattr("lenet_tf1.data.datasets._HANDS_HELD_OUT", 50)
    (tmp_path / "file").write_text("not a folder")
    service = Service(tmp_path / "file" / "run")
    service.begin_training()
    deadline = time.monotonic() + 60
    while service.health()["error"] is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "can't be written" in service.health()["error"]


@pytest.fixture(scope="module")
def address(service):
    """The application on a real port."""
    config = uvicorn.Config(application(service, HOSTS), port=0, log_level="error", lifespan="off")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    thread.join()


@pytest.mark.parametrize(
    ("requests", "path"), [(100, "drawing"), pytest.param(5000, "recognize", marks=pytest.mark.full)]
)
def test_a_hundred_clients_at_once(address, mnist, requests, path):
    bodies = [png(image) for image in mnist.test.images[:40]]
    with httpx.Client(timeout=60) as one:
        wanted = [one.post(f"{address}/{path}", content=body).json()["text"] for body in bodies]

    def client(number):
        with httpx.Client(timeout=60) as http:
            n = requests // 100
            return [
                http.post(f"{address}/{path}", content=bodies[(number + i) % 40]).json()["text"]
                == wanted[(number + i) % 40]
                for i in range(n)
            ]

    with ThreadPoolExecutor(100) as pool:
        right = [answer for answers in pool.map(client, range(100)) for answer in answers]
    assert len(right) == requests
    assert all(right)


def test_a_training_that_fails_says_so_and_can_be_tried_again(tmp_path, monkeypatch):
    monkeypatch.setattr("lenet_tf1.data.datasets.HANDS", {"page-small": 50})
    monkeypatch.setattr("lenet_tf1.data.datasets._HANDS_HELD_OUT", 50)
    (tmp_path / "run" / "recipe.json").mkdir(parents=True)  # where training wants to write a file
    service = Service(tmp_path / "run")
    for _ in range(2):
        service.begin_training()
        for _ in range(600):
            if service.health()["error"]:
                break
            time.sleep(0.1)
        assert "recipe.json" in service.health()["error"]


def test_addresses_are_not_completed_for_other_hosts(client):
    answer = client.get("/health/", headers={"host": "evil.example"}, follow_redirects=False)
    assert answer.status_code == 404
    assert "location" not in answer.headers


@pytest.mark.parametrize("host", ["127.0.0.1/foo", "localhost/../x"])
def test_a_host_with_a_path_is_no_error(client, host):
    assert client.get("/", headers={"host": host}).status_code in (200, 403)
