// SPDX-License-Identifier: MIT OR Apache-2.0
// Ways for a program to end with frames open, callbacks to come, and threads at work.
using System;
using System.Threading;
using Framealloc;

internal static class Ending
{
    private static void Main(string[] arguments)
    {
        var allocator = new Allocator();
        allocator.Listen(what => { });
        allocator.DiagnosticReported += report => { };
        Open(allocator);
        if (arguments[0] == "returns")
            Work(allocator, () => Thread.Sleep(0));
        else if (arguments[0] == "exits")
            Work(allocator, () => Environment.Exit(7));
        else
            Work(allocator, () => throw new FormatException("on purpose"));
        Console.WriteLine("done");
    }

    private static void Work(Allocator allocator, Action last)
    {
        for (int number = 0; number < 3; number++)
            new Thread(() => Loop(allocator)) { IsBackground = true }.Start();
        var thread = new Thread(() =>
        {
            Open(allocator);
            last();
        });
        thread.Start();
        thread.Join();
    }

    private static void Open(Allocator allocator)
    {
        Frame frame = allocator.BeginFrame();
        frame.OnEnd(() => allocator.Block(100).Dispose());
        frame.Alloc<byte>(100000);
    }

    private static void Loop(Allocator allocator)
    {
        for (;;)
        {
            using (Frame frame = allocator.BeginFrame())
            {
                frame.OnEnd(() => GC.Collect(0));
                frame.Alloc<byte>(1000).Fill(1);
            }
        }
    }
}
