"""A JupyterLab and a Chromium for the browser tests of one file."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
import workspace
from lab import FLAGS, ROOT, SETTINGS, TOKEN, chromium
from playwright.sync_api import sync_playwright


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A JupyterLab on localhost with a token and a configuration of its own."""
    home = tmp_path_factory.mktemp("lab")
    workspace.refresh(ROOT / "notebooks", home / "notebooks", [])
    for name, values in SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folders = {
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
    }
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser"]
    command += ["--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"]
    command += [f"--IdentityProvider.token={TOKEN}", "--expose-app-in-browser"]
    command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    log = open(home / "log", "w")  # noqa: SIM115  (closed below, after the server)
    environment = os.environ | {name: str(place) for name, place in folders.items()}
    environment["OMP_NUM_THREADS"] = "1"
    to_log = dict(stdout=log, stderr=log)
    process = subprocess.Popen(command, cwd=home, env=environment, **to_log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{url}/api/status?token={TOKEN}", process)
        yield url
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def wait_for(url, process, seconds=120):
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        try:
            return urllib.request.urlopen(url, timeout=2).read()
        except OSError:
            time.sleep(0.3)
    raise TimeoutError(f"no answer from {url}")


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()
