#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""protocol.py FA-LINT INCLUDE: the Language Server Protocol: order, errors, several files, headers, quick fixes."""

import json
import select
import subprocess

import tap
from project import FA_LINT, INCLUDE, Folder, same

TWICE = """#include <framealloc/framealloc.h>
int drop(fa_allocator *a, int x)
{
    void *block = fa_pool_alloc(a, 16, 16);
    fa_release(a, block);
    if (x) fa_release(a, block);
    return x;
}
"""
ONCE = TWICE.replace("    if (x) fa_release(a, block);\n", "")


def frame(body):
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


class Client:
    """An editor that waits for what it expects."""

    def __init__(self, folder, *words):
        self.folder = folder.path.resolve()
        self.number = 0
        self.unread = b""
        self.server = subprocess.Popen([FA_LINT, "lsp", "--no-cache", *words], cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.server.stdin.close()
        self.server.wait(timeout=60)
        self.server.stdout.close()

    def uri(self, name):
        return (self.folder / name).as_uri()

    def send_bytes(self, data):
        self.server.stdin.write(data)
        self.server.stdin.flush()

    def send(self, **message):
        self.send_bytes(frame(json.dumps({"jsonrpc": "2.0", **message}).encode()))

    def more(self):
        tap.expect(select.select([self.server.stdout], [], [], 60)[0], "the server is silent")
        data = self.server.stdout.read1(65536)
        tap.expect(data, "the server has gone")
        self.unread += data

    def receive(self):
        while b"\r\n\r\n" not in self.unread:
            self.more()
        head, _, rest = self.unread.partition(b"\r\n\r\n")
        length = int(head.split(b":")[1])
        while len(rest) < length:
            self.more()
            rest = self.unread.partition(b"\r\n\r\n")[2]
        self.unread = rest[length:]
        return json.loads(rest[:length])

    def wait_for(self, holds):
        while not holds(message := self.receive()):
            continue
        return message

    def request(self, method, params=None):
        self.number += 1
        self.send(id=self.number, method=method, params=params or {})
        return self.wait_for(lambda message: message.get("id") == self.number)

    def notify(self, method, **params):
        self.send(method=method, params=params)

    def initialize(self):
        answer = self.request("initialize", {"rootUri": self.folder.as_uri(), "capabilities": {}})
        self.notify("initialized")
        return answer

    def open(self, name, text=None):
        text = (self.folder / name).read_text() if text is None else text
        self.notify("textDocument/didOpen", textDocument={"uri": self.uri(name), "languageId": "c", "version": 1, "text": text})

    def change(self, name, text):
        self.notify("textDocument/didChange", textDocument={"uri": self.uri(name), "version": 2}, contentChanges=[{"text": text}])

    def diagnostics(self, name):
        """The next that are published for a file, as codes and lines."""
        message = self.wait_for(lambda each: each.get("params", {}).get("uri") == self.uri(name))
        return [(each.get("code"), each["range"]["start"]["line"] + 1) for each in message["params"]["diagnostics"]]

    def actions(self, name, line, **context):
        place = {"line": line - 1, "character": 0}
        params = {"textDocument": {"uri": self.uri(name)}, "range": {"start": place, "end": place}, "context": {"diagnostics": [], **context}}
        return {each["title"]: each["edit"]["changes"][self.uri(name)][0] for each in self.request("textDocument/codeAction", params)["result"]}

    def hover(self, name, line):
        return self.request("textDocument/hover", {"textDocument": {"uri": self.uri(name)}, "position": {"line": line - 1, "character": 2}})["result"]

    def end(self):
        same(self.request("shutdown")["result"], None)
        self.notify("exit")
        self.server.wait(timeout=60)
        return self.server.returncode


def project(**files):
    folder = Folder(**files)
    folder.database(*(name.replace("__", ".") for name in files if name.endswith("__c")))
    return folder


def check_order():
    with project(main__c=TWICE) as folder, Client(folder) as client:
        same(client.request("textDocument/hover")["error"]["code"], -32002)
        capabilities = client.initialize()["result"]["capabilities"]
        same((capabilities["textDocumentSync"]["change"], capabilities["hoverProvider"]), (1, True))
        same(client.request("initialize")["error"]["code"], -32600)
        same(client.request("workspace/symbol")["error"]["code"], -32601)
        same(client.request("$/unknown")["error"]["code"], -32601)
        client.notify("$/cancelRequest", id=1)
        client.notify("textDocument/unknown")
        client.open("main.c")
        same(client.diagnostics("main.c"), [("FA612", 6)])
        same(client.request("shutdown")["result"], None)
        same(client.request("textDocument/hover")["error"]["code"], -32600)
        client.notify("exit")
        same(client.server.wait(timeout=60), 0)


def check_nonsense():
    """What is no message is said, and the next one is understood."""
    with project(main__c=TWICE) as folder, Client(folder) as client:
        for data, code in [(frame(b"{"), -32700), (frame(b"\xff\xfe"), -32700), (b"Content-Length: none\r\n\r\n", -32700), (b"Nonsense\r\n\r\n", -32700),
                           (b"Content-Length: 0\r\n\r\n", -32700), (frame(b"[]"), -32600), (frame(b"{}"), -32600),
                           (frame(b'{"method": 3, "jsonrpc": "2.0"}'), -32600), (b"Content-Length: 67108865\r\n\r\n" + b" " * 67108865, -32700)]:
            client.send_bytes(data)
            same(client.receive()["error"]["code"], code)
        client.send_bytes(b'content-length: 60\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n{"jsonrpc":"2.0","id":"x","method":"initialize","params":{}}')
        same(client.receive()["id"], "x")
        for params in ({}, {"textDocument": 3}, {"textDocument": {"uri": "untitled:1", "text": "x"}}, {"textDocument": {"uri": client.uri("gone.c")}}, {"changes": [3, {}]}):
            for method in ("didOpen", "didChange", "didSave", "didClose", "hover", "codeAction"):
                client.notify(f"textDocument/{method}", **params)
            client.notify("workspace/didChangeWatchedFiles", **params)
        same(client.request("textDocument/hover")["result"], None)
        same(client.end(), 0)


def check_changes():
    with project(main__c=TWICE) as folder, Client(folder) as client:
        client.initialize()
        client.open("main.c")
        same(client.diagnostics("main.c"), [("FA612", 6)])
        client.change("main.c", ONCE)
        same(client.diagnostics("main.c"), [])
        client.change("main.c", "\n" + TWICE)
        same(client.diagnostics("main.c"), [("FA612", 7)])
        client.notify("textDocument/didClose", textDocument={"uri": client.uri("main.c")})
        same(client.diagnostics("main.c"), [])
        client.open("main.c", "int broken;\nint x = ;\n")
        same(client.diagnostics("main.c"), [(None, 2)])
        same(client.end(), 0)


MAKE = "#include <framealloc/framealloc.h>\nvoid *make(fa_allocator *a) { return %s; }\n"
USE = """#include <framealloc/framealloc.h>
void *make(fa_allocator *a);
int use(fa_allocator *a)
{
    if (fa_frame_begin(a) != FA_OK)
        return 0;
    int *value = make(a);
    fa_frame_end(a);
    return value != NULL ? *value : 0;
}
"""
FRAME, POOL = MAKE % "fa_frame_new(a, int, 4)", MAKE % "fa_pool_alloc(a, 16, 16)"


def check_several():
    """What one file changes is shown in the others."""
    with project(make__c=POOL, use__c=USE) as folder, Client(folder) as client:
        client.initialize()
        client.open("use.c")
        same(client.diagnostics("use.c"), [])
        client.open("make.c", FRAME)
        same(client.diagnostics("use.c"), [("FA601", 9)])
        client.change("make.c", POOL)
        same(client.diagnostics("use.c"), [])
        client.change("make.c", FRAME)
        same(client.diagnostics("use.c"), [("FA601", 9)])
        client.notify("textDocument/didClose", textDocument={"uri": client.uri("make.c")})
        same(client.diagnostics("use.c"), [])
        folder.write("make.c", FRAME)
        client.notify("workspace/didChangeWatchedFiles", changes=[{"uri": client.uri("make.c"), "type": 2}])
        same(client.diagnostics("use.c"), [("FA601", 9)])
        same(client.end(), 0)


HEADER = "static inline int again(fa_allocator *a, void *p)\n{\n    %s\n    return (int)fa_release(a, p);\n}\n"
INCLUDER = '#include <framealloc/framealloc.h>\n#include "again.h"\nint go(fa_allocator *a) { return again(a, fa_pool_alloc(a, 8, 8)); }\n'


def check_headers():
    with project(main__c=INCLUDER, again__h=HEADER % "") as folder, Client(folder) as client:
        client.initialize()
        client.open("again.h")
        same(client.diagnostics("again.h"), [])
        client.change("again.h", HEADER % "fa_release(a, p);")
        same(client.diagnostics("again.h"), [("FA612", 4)])
        client.open("main.c")
        client.change("again.h", HEADER % "(void)a;")
        same(client.diagnostics("again.h"), [])
        folder.write("again.h", HEADER % "fa_release(a, p);")
        client.notify("textDocument/didClose", textDocument={"uri": client.uri("again.h")})
        client.open("again.h")
        client.diagnostics("again.h")
        same(client.diagnostics("again.h"), [("FA612", 4)])
        same(client.end(), 0)


def check_actions():
    silenced = TWICE.replace("block);\n    return", "block); // fa-lint: allow(FA601)\n    return")
    with project(main__c=silenced) as folder, Client(folder) as client:
        client.initialize()
        client.open("main.c")
        same(client.diagnostics("main.c"), [("FA612", 6)])
        offered = client.actions("main.c", 6)
        same(sorted(offered), ["remove the second release", "silence FA612 here"])
        line = silenced.splitlines()[5]
        same(offered["remove the second release"], {"range": {"start": {"line": 5, "character": 11}, "end": {"line": 5, "character": line.index(";") + 1}}, "newText": "{}"})
        place = {"line": 5, "character": line.index("FA601")}
        same(offered["silence FA612 here"], {"range": {"start": place, "end": place}, "newText": "FA612, "})
        same(client.actions("main.c", 6, only=["source.organizeImports"]), {})
        same(sorted(client.actions("main.c", 6, only=["quickfix"])), sorted(offered))
        same(client.actions("main.c", 5), {})
        client.change("main.c", silenced.replace("allow(", "allow(FA612, "))
        same(client.diagnostics("main.c"), [])
        client.change("main.c", TWICE.replace("    if (x)", "   "))
        client.diagnostics("main.c")
        same(client.actions("main.c", 6)["remove the second release"]["range"], {"start": {"line": 5, "character": 0}, "end": {"line": 6, "character": 0}})
        tap.expect("FA612" in client.hover("main.c", 6)["contents"]["value"], "no explanation")
        same(client.hover("main.c", 1), None)
        same(client.end(), 0)


def check_settings():
    with project(main__c=TWICE) as folder, Client(folder) as client:
        folder.write(".fa.toml", '[lint]\nallow = ["FA999"]\n')
        client.initialize()
        client.open("main.c")
        shown = client.wait_for(lambda message: message.get("method") == "window/showMessage")["params"]["message"]
        tap.expect(".fa.toml:2: lint.allow[0]: FA999" in shown, shown)
        same(client.diagnostics("main.c"), [("FA612", 6)])
        same(client.end(), 0)
    with project(main__c=TWICE) as folder, Client(folder) as client:
        folder.write(".fa.toml", '[lint]\nallow = ["FA612"]\n')
        client.initialize()
        client.open("main.c")
        same(client.diagnostics("main.c"), [])
        same(client.end(), 0)


def check_baseline():
    """What the baseline lists is not shown, where it has moved to in the editor either."""
    with project(main__c=TWICE) as folder, Client(folder) as client:
        tap.run(FA_LINT, "--no-cache", "--write-baseline", "base.json", cwd=folder.path)
        folder.write(".fa.toml", '[lint]\nbaseline = "base.json"\n')
        client.initialize()
        client.open("main.c", "\n\n" + TWICE)
        same(client.diagnostics("main.c"), [])
        client.change("main.c", TWICE.replace("    return x;", "    fa_release(a, block);\n    return x;"))
        same(client.diagnostics("main.c"), [("FA612", 7)])
        same(client.end(), 0)


def check_paths():
    """Blanks, letters and links in the way to a file; a file that is not in the database yet."""
    with Folder() as folder:
        real = folder.path / "r \u00e4#%"
        real.mkdir()
        (real / "main.c").write_text(TWICE)
        folder.write("compile_commands.json", json.dumps([{"directory": str(real), "file": "main.c", "arguments": ["cc", "-I", INCLUDE]}]))
        (folder.path / "link").symlink_to(real)
        with Client(folder) as client:
            client.initialize()
            for name in ("r \u00e4#%/main.c", "link/main.c", "r \u00e4#%/new.c"):
                client.open(name, TWICE)
                same(client.diagnostics(name), [("FA612", 6)])
                client.notify("textDocument/didClose", textDocument={"uri": client.uri(name)})
                same(client.diagnostics(name), [])
            same(client.end(), 0)


if __name__ == "__main__":
    tap.main([
        ("order", check_order),
        ("nonsense", check_nonsense),
        ("changes", check_changes),
        ("several files", check_several),
        ("headers", check_headers),
        ("quick fixes", check_actions),
        ("settings", check_settings),
        ("baseline", check_baseline),
        ("paths", check_paths),
    ])
