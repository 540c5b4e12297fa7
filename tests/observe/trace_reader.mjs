// SPDX-License-Identifier: MIT OR Apache-2.0
// Opens a trace with the reader of Chrome's own developer tools (npm package @paulirish/trace_engine) and looks at what it
// has made of it. Usage: node trace_reader.mjs TRACED (the program that writes the trace)
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const FRAMES = 50;
const problems = [];

function check(condition, message) {
    if (!condition)
        problems.push(message);
}

function findReader() {
    const folders = [process.env.FRAMEALLOC_NODE_MODULES];
    try {
        folders.push(execFileSync('npm', ['root', '-g'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim());
    } catch {
        // Without npm there is the environment variable.
    }
    const files = folders.filter(Boolean).map((f) => path.join(f, '@paulirish/trace_engine/models/trace/trace.js'));
    return files.find((file) => fs.existsSync(file));
}

function writeTrace(program) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'framealloc-trace-'));
    try {
        const file = path.join(folder, 'trace.json');
        execFileSync(program, [file]);
        return JSON.parse(fs.readFileSync(file, 'utf8')).traceEvents;
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}

function checkThread(threads, name, expected) {
    const thread = threads.find((t) => t.name === name);
    check(thread !== undefined, `no track "${name}" in ${threads.map((t) => t.name)}`);
    if (thread === undefined)
        return;
    const count = {};
    for (const entry of thread.entries) {
        const key = `${thread.entryToNode.get(entry).depth} ${entry.name}`;
        count[key] = (count[key] ?? 0) + 1;
    }
    check(JSON.stringify(count) === JSON.stringify(expected), `track "${name}": ${JSON.stringify(count)}`);
}

const reader = findReader();
if (reader === undefined) {
    console.log('skipped: the npm package @paulirish/trace_engine is not there (npm install -g, or FRAMEALLOC_NODE_MODULES)');
    process.exit(77);
}
globalThis.window = globalThis;
globalThis.DOMRect = class {
    constructor(x, y, width, height) {
        Object.assign(this, { x, y, width, height });
    }
};
const Trace = await import(pathToFileURL(reader).href);
const events = writeTrace(process.argv[2]);
const model = Trace.TraceModel.Model.createWithAllHandlers();
await model.parse(events);
const { data } = model.parsedTrace();
const threads = Trace.Handlers.Threads.threadsInTrace(data);
const main = events.find((e) => e.name === 'process_name').args.name;
const scopes = { '0 frame': FRAMES, '1 update "quoted"': FRAMES, '2 physics\n': FRAMES };
const tags = { '0 ai': FRAMES, '1 ai::päths': FRAMES };
checkThread(threads, main, scopes);
checkThread(threads, 'worker <1>', scopes);
checkThread(threads, `${main} (tags)`, tags);
checkThread(threads, 'worker <1> (tags)', tags);
check(threads.length === 4, `${threads.length} tracks`);
check(data.Meta.traceBounds.range > 0, 'bounds of the trace');
problems.forEach((problem) => console.log(problem));
console.log(`${events.length} events, ${threads.length} tracks, ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
