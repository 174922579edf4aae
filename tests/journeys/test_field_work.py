"""A maintainer with a phone: a label, a fault with a photo, a cellar without network, and back."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from tests.journeys.conftest import fangma

pytestmark = [pytest.mark.browser, pytest.mark.db, pytest.mark.slow]
PHONE = (390, 844)
LEAST_PX = 48
AXE = Path(__file__).parents[2] / "viewer" / "node_modules" / "axe-core" / "axe.min.js"
SMALL_TARGETS = """
  const targets = '.field button, .field a, .field input, .field textarea, .field label.big';
  return [...document.querySelectorAll(targets)]
    .filter((e) => e.offsetParent && !e.matches('.fm-hidden'))
    .map((e) => [e.textContent.trim() || e.id || e.tagName, e.getBoundingClientRect().height])
    .filter(([, height]) => height < arguments[0]);
"""


class Cable:
    """A line to the server that can be pulled out: connections are cut, and new ones refused."""

    def __init__(self, port: int) -> None:
        self._port, self._plugged = port, True
        self._open: set[socket.socket] = set()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def pull(self) -> None:
        self._plugged = False
        for line in list(self._open):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def plug(self) -> None:
        self._plugged = True

    def close(self) -> None:
        self.pull()
        self._server.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._server.accept()
                if not self._plugged:
                    here.close()
                    continue
                there = socket.create_connection(("127.0.0.1", self._port))
                self._open |= {here, there}
                for a, b in ((here, there), (there, here)):
                    threading.Thread(target=self._pass_on, args=(a, b), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError), closing(source):
            while data := source.recv(65536):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)
        self._open.discard(source)


def asked(twin: Any, *arguments: str, stdin: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(fangma(twin, *arguments, "--json", stdin=stdin))
    return found


def scanned(picture: Path) -> str:
    import cv2

    pixels = cv2.imread(str(picture))
    assert pixels is not None
    return cv2.QRCodeDetector().detectAndDecode(pixels)[0]


@pytest.fixture
def cable(twin) -> Iterator[Cable]:
    line = Cable(int(twin.address.rsplit(":", 1)[1]))
    yield line
    line.close()


class Phone:
    """What a thumb does with the page."""

    def __init__(self, browser, address: str) -> None:
        self.browser, self.address = browser, address

    def wait(self, condition, seconds: int = 30):
        return WebDriverWait(self.browser, seconds).until(lambda _: condition())

    def open(self, view: str = "") -> None:
        self.browser.get(f"{self.address}/field{f'?view={view}' if view else ''}")
        self.wait(lambda: self.browser.find_elements(By.CSS_SELECTOR, ".field main > *"))

    def text(self) -> str:
        found = self.browser.find_elements(By.CSS_SELECTOR, ".field")
        return found[0].text if found else ""

    def sees(self, words: str) -> None:
        self.wait(lambda: words in self.text())

    def tap(self, words: str, within: str = ".field") -> None:
        def found():
            return next(
                (
                    e
                    for e in self.browser.find_elements(
                        By.CSS_SELECTOR, f"{within} button, {within} a"
                    )
                    if words in e.text and e.is_displayed() and e.is_enabled()
                ),
                None,
            )

        element = self.wait(found)
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def ask(self, path: str) -> dict:
        return self.browser.execute_async_script(
            "fetch(arguments[0]).then((r) => r.json()).then(arguments[1])", f"/{path}"
        )

    def goes_offline(self, cable: Cable, *, off: bool) -> None:
        if off:
            cable.pull()
        else:
            cable.plug()
        self.browser.execute_cdp_cmd("Network.enable", {})
        self.browser.execute_cdp_cmd(
            "Network.emulateNetworkConditions",
            {"offline": off, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1},
        )

    def is_easy_to_use(self) -> None:
        """No target too small for a thumb, nothing beside the screen, nothing serious to axe."""
        assert self.browser.execute_script(SMALL_TARGETS, LEAST_PX) == []
        wide = self.browser.execute_script("return document.documentElement.scrollWidth")
        assert wide <= PHONE[0]
        if AXE.is_file():
            self.browser.execute_script(AXE.read_text("utf-8"))
            found = self.browser.execute_async_script(
                "axe.run().then((r) => arguments[0](r.violations))"
            )
            serious = [v for v in found if v["impact"] in {"serious", "critical"}]
            assert [(v["id"], v["nodes"][0]["html"]) for v in serious] == []


@pytest.mark.parametrize("browser", [PHONE], indirect=True)
def test_a_fault_and_a_round_are_done_in_the_cellar_and_arrive_once(
    twin, browser, cable, tmp_path
) -> None:
    asked(
        twin, "user", "add", "mei", "--role", "maintainer", "--every-site", "--password-stdin",
        stdin=twin.password,
    )  # fmt: skip
    located = [item for item in asked(twin, "list", "valve")["items"] if item["storey"] is not None]
    valves = located[:3]
    order = asked(twin, "orders", "report", valves[0]["code"], "--fault", "leak", "--text", "滴水")
    asked(twin, "orders", "assign", str(order["number"]), "mei")
    stops = [part for valve in valves for part in ("--stop", f"{valve['code']}=leak")]
    name = f"地下室巡检{uuid4().hex[:4]}"
    walked = asked(twin, "rounds", "add", name, *stops, "--every", "1")
    before = len(asked(twin, "orders", "list")["items"])

    phone = Phone(browser, cable.address)
    browser.get(f"{cable.address}/favicon.svg")
    signed_in = browser.execute_async_script(
        "fetch('/api/session', {method: 'POST', headers: {'Content-Type': 'application/json'},"
        " body: JSON.stringify({user: 'mei', password: arguments[0]})})"
        ".then((r) => arguments[1](r.status))",
        twin.password,
    )
    assert signed_in == 200
    phone.open()
    phone.sees("带走数据")
    phone.is_easy_to_use()
    phone.tap("带走", ".rows")
    phone.sees("0 分钟前")

    # A label is typed; the fault goes out with its photo.
    photo = tmp_path / "leak.jpg"
    Image.new("RGB", (2400, 1800), "steelblue").save(photo)
    phone.tap("扫码")
    phone.is_easy_to_use()
    browser.find_element(By.ID, "field-code").send_keys(valves[1]["code"].lower())
    phone.tap("打开")
    phone.sees(valves[1]["name"])
    phone.is_easy_to_use()
    phone.tap("报修", ".deeds")
    phone.tap("渗漏水")
    browser.find_element(By.ID, "field-text").send_keys("阀杆漏水")
    browser.find_element(By.CSS_SELECTOR, ".photos input").send_keys(str(photo))
    phone.wait(lambda: browser.find_elements(By.CSS_SELECTOR, ".photos img"))
    phone.is_easy_to_use()
    phone.tap("发送", ".form")
    phone.sees("全部已发送")
    newest = phone.ask("api/orders?limit=1")["items"][0]
    assert (newest["code"], newest["text"], newest["photos"]) == (
        valves[1]["code"], "阀杆漏水", 1,
    )  # fmt: skip

    # Down in the cellar: the page opens again, on what was loaded before.
    phone.wait(
        lambda: (
            browser.execute_async_script(
                "caches.open('fangma-field-1').then((c) => c.keys())"
                ".then((k) => arguments[0](k.filter((r) => r.url.includes('/assets/')).length))"
            )
            > 3
        )
    )
    phone.goes_offline(cable, off=True)
    phone.open("rounds")
    phone.sees("离线")
    phone.tap(name)
    phone.sees("已查 0 / 3")
    phone.is_easy_to_use()
    phone.tap("正常", ".answers")
    phone.sees("已查 1 / 3")
    browser.find_element(By.ID, "field-round-note").send_keys("盘根渗水")
    phone.tap("有问题，报修", ".answers")
    phone.sees("已查 2 / 3")
    phone.tap("没能查到", ".answers")
    phone.sees("已查 3 / 3")
    phone.tap("工单", ".field > nav")
    phone.tap(f"{order['number']} · ")
    phone.is_easy_to_use()
    phone.tap("接单")
    phone.tap("确定")
    phone.sees("尚未发送")
    phone.open("outbox")
    phone.sees("5 项还在本机")
    phone.is_easy_to_use()

    # Back in the light: everything arrives, in its order, once.
    phone.goes_offline(cable, off=False)
    phone.sees("全部已发送")
    phone.sees("在线")
    found = phone.ask(f"api/rounds/{walked['id']}")
    assert sorted(v["outcome"] for v in found["visits"]) == ["fault", "not_reached", "ok"]
    (faulty,) = [v for v in found["visits"] if v["outcome"] == "fault"]
    reported = phone.ask(f"api/orders/{faulty['order']}")
    assert (reported["text"], reported["code"]) == ("盘根渗水", faulty["code"])
    moved = phone.ask(f"api/orders/{order['id']}")
    assert [s["deed"] for s in moved["steps"]] == ["report", "assign", "accept"]
    assert len(phone.ask("api/orders")["items"]) == before + 2


@pytest.mark.parametrize("browser", [PHONE], indirect=True)
def test_a_passer_by_reports_from_a_label_and_is_told_nothing(twin, browser, tmp_path) -> None:
    import pymupdf

    room = asked(twin, "list", "room")["items"][0]
    sheet = tmp_path / "labels.pdf"
    asked(twin, "labels", room["code"], "--report", "--out", str(sheet), "--base-url", twin.address)
    with pymupdf.open(sheet) as document:
        document[0].get_pixmap(dpi=300).save(tmp_path / "labels.png")
    link = scanned(tmp_path / "labels.png")
    assert link.startswith(f"{twin.address}/report#")
    before = len(asked(twin, "orders", "list")["items"])
    browser.get(link)
    wait = WebDriverWait(browser, 30)
    wait.until(lambda b: b.find_elements(By.CSS_SELECTOR, ".report form"))
    page = browser.find_element(By.TAG_NAME, "body").text
    for told in (room["code"], room["name"], room["number"]):
        assert told not in page
    browser.find_element(By.ID, "field-text").send_keys("门坏了")
    browser.find_element(By.CSS_SELECTOR, ".send").click()
    wait.until(lambda b: "已收到" in b.find_element(By.TAG_NAME, "body").text)
    (newest, *_), count = (
        (items := asked(twin, "orders", "list")["items"]),
        len(items),
    )
    assert (newest["code"], newest["text"], newest["reporter"]) == (room["code"], "门坏了", None)
    assert count == before + 1
    browser.get("about:blank")
    browser.get(link[:-2] + "xx")
    wait.until(lambda b: "无效" in b.find_element(By.TAG_NAME, "body").text)


def test_the_sheet_of_an_order_leads_a_hand_with_a_tape_to_the_pipe(twin, tmp_path) -> None:
    import pymupdf

    # A branch in the wall of a toilet, level, with a valve of its own.
    pipes = [item for item in asked(twin, "list", "pipe")["items"] if item["system"] == "JS"]
    chosen = None
    for pipe in reversed(pipes):
        if (pipe["name"] or "").endswith("DN25"):
            (x0, y0, z0), (x1, y1, z1) = (
                (file := asked(twin, "show", pipe["code"])["place"]["axis"]["coordinates"])[0],
                file[-1],
            )
            if abs(z0 - z1) < 0.01 and abs(x0 - x1) + abs(y0 - y1) > 0.5:
                chosen = (pipe, (z0 + z1) / 2)
                break
    assert chosen is not None
    pipe, height = chosen
    order = asked(twin, "orders", "report", pipe["code"], "--fault", "leak", "--text", "墙面渗水")
    made = asked(
        twin, "orders", "sheet", str(order["number"]), "--pdf", str(tmp_path / "sheet.pdf"),
        "--base-url", twin.address,
    )  # fmt: skip
    assert (made["code"], made["picture"], made["problem"]) == (pipe["code"], True, None)
    with pymupdf.open(tmp_path / "sheet.pdf") as document:
        text = "\n".join(page.get_text() for page in document)
        first = document[0]
        pictures = [first.get_image_bbox(image[7]) for image in first.get_images(full=True)]
        first.get_pixmap(dpi=200).save(tmp_path / "sheet.png")
    assert scanned(tmp_path / "sheet.png") == f"{twin.address}/r/{pipe['code']}"
    assert max(box.width for box in pictures) > 300
    # The height above the floor of its storey is the one that the model has.
    toilets = [
        room["code"]
        for room in asked(twin, "list", "room")["items"]
        if room["storey"] == pipe["storey"] and "卫生间" in (room["name"] or "")
    ]
    floors = {asked(twin, "show", code)["place"]["floor_z"] for code in toilets}
    assert any(f"{height - floor:.2f} m" in text for floor in floors)
    valves = asked(twin, "isolate", pipe["code"])["valves"]
    assert valves
    places = [text.index(valve) for valve in valves]
    assert places == sorted(places)
    for words in ("墙面渗水", "放线尺寸", "数据依据", "墙面以内深度"):
        assert words in text
