// SPDX-License-Identifier: MIT OR Apache-2.0
// Frames of 10,000 allocations of 16 floats, beside the ways that C# has by itself. The best of many rounds, but for
// what the collector costs: that comes now and then, so it is in the mean alone.
using System;
using System.Diagnostics;
using Framealloc;

internal static class Benchmark
{
    private const int Allocations = 10000;
    private const int Frames = 20;
    private const int Floats = 16;
    private const int WarmMilliseconds = 400;

    private static readonly float[][] Kept = new float[Allocations][];
    private static float sum;

    private static void Main(string[] arguments)
    {
        int rounds = arguments.Length > 0 ? int.Parse(arguments[0]) : 60;
        Console.WriteLine(Environment.Version + ", nanoseconds for each allocation:");
        Console.WriteLine("{0,-44}{1,8}{2,8}", "", "best", "mean");
        using (var allocator = new Allocator())
        {
            Measure("window of a frame", rounds, () => Window(allocator));
            Measure("a slice that knows its frame", rounds, () => Slices(allocator));
            Measure("one array for the whole frame", rounds, () => Whole(allocator));
            Measure("a call into C for each", rounds, () => Calls(allocator));
            Measure("a block of the pool, and back", rounds, () => Pool(allocator));
        }
        Measure("new float[16], kept until the frame's end", rounds, Arrays);
        Measure("new float[16], forgotten at once", rounds, Garbage);
        Measure("stackalloc float[16]", rounds, OnStack);
    }

    private static void Measure(string name, int rounds, Action frame)
    {
        for (var warming = Stopwatch.StartNew(); warming.ElapsedMilliseconds < WarmMilliseconds;)
            frame(); // until the compiler of .NET has had its second look
        double best = double.MaxValue, total = 0;
        for (int round = 0; round < rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            for (int index = 0; index < Frames; index++)
                frame();
            double spent = watch.Elapsed.TotalMilliseconds * 1e6 / Frames / Allocations;
            best = Math.Min(best, spent);
            total += spent;
        }
        Console.WriteLine("{0,-44}{1,8:F1}{2,8:F1}", name, best, total / rounds);
    }

    private static void Window(Allocator allocator)
    {
        using (Frame frame = allocator.BeginFrame())
        {
            for (int index = 0; index < Allocations; index++)
            {
                Span<float> made = frame.Alloc<float>(Floats);
                made[0] = index;
                sum += made[0];
            }
        }
    }

    private static void Slices(Allocator allocator)
    {
        using (Frame frame = allocator.BeginFrame())
        {
            for (int index = 0; index < Allocations; index++)
            {
                Span<float> made = frame.Slice<float>(Floats).Span;
                made[0] = index;
                sum += made[0];
            }
        }
    }

    private static void Whole(Allocator allocator)
    {
        using (Frame frame = allocator.BeginFrame())
        {
            Span<float> all = frame.Alloc<float>(Floats * Allocations);
            for (int index = 0; index < Allocations; index++)
            {
                Span<float> made = all.Slice(index * Floats, Floats);
                made[0] = index;
                sum += made[0];
            }
        }
    }

    private static void Calls(Allocator allocator)
    {
        using (Frame frame = allocator.BeginFrame())
        {
            for (int index = 0; index < Allocations; index++)
            {
                Span<float> made = frame.Alloc<float>(Floats, 16);
                made[0] = index;
                sum += made[0];
            }
        }
    }

    private static void Pool(Allocator allocator)
    {
        for (int index = 0; index < Allocations; index++)
            allocator.Release(allocator.Alloc(Floats * sizeof(float), Intent.Pool));
    }

    private static void Arrays()
    {
        for (int index = 0; index < Allocations; index++)
        {
            var made = new float[Floats];
            Kept[index] = made;
            made[0] = index;
            sum += made[0];
        }
    }

    private static void Garbage()
    {
        for (int index = 0; index < Allocations; index++)
        {
            var made = new float[Floats];
            made[0] = index;
            sum += made[0];
        }
    }

    private static void OnStack()
    {
        for (int index = 0; index < Allocations; index++)
            sum += One(index);
    }

    private static unsafe float One(int index)
    {
        float* made = stackalloc float[Floats];
        made[0] = index;
        return made[0];
    }
}
