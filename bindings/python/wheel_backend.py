# SPDX-License-Identifier: MIT OR Apache-2.0
"""Builds wheels with meson-python, and has them say what they are: for any Python 3, but for one platform.

The package is plain Python with a shared library beside it. Releases of meson-python up to 0.12 take that for a wheel
that runs everywhere, later ones do not.
"""

import base64
import hashlib
import os
import pathlib
import re
import sysconfig
import zipfile

import mesonpy
from mesonpy import build_sdist, get_requires_for_build_sdist, get_requires_for_build_wheel

__all__ = ["build_sdist", "build_wheel", "get_requires_for_build_sdist", "get_requires_for_build_wheel"]


def platform_tag():
    return "py3-none-" + re.sub(r"[-.]", "_", sysconfig.get_platform())


def record_line(name, data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}"


def retagged(wheel, tag):
    """Writes the same wheel under another tag; its path."""
    target = wheel.with_name(re.sub(r"-[^-]+-[^-]+-[^-]+\.whl$", f"-{tag}.whl", wheel.name))
    lines = []
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as result:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename.endswith(".dist-info/WHEEL"):
                text = re.sub(r"(?m)^Tag: .*$", f"Tag: {tag}", data.decode())
                data = re.sub(r"(?m)^Root-Is-Purelib: .*$", "Root-Is-Purelib: false", text).encode()
            if entry.filename.endswith(".dist-info/RECORD"):
                data = "\n".join([*lines, f"{entry.filename},,", ""]).encode()
            else:
                lines.append(record_line(entry.filename, data))
            result.writestr(entry, data)
    return target


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    wheel = pathlib.Path(wheel_directory, mesonpy.build_wheel(wheel_directory, config_settings, metadata_directory))
    if wheel.name.endswith("-any.whl"):
        right = retagged(wheel, platform_tag())
        os.unlink(wheel)
        wheel = right
    return wheel.name
