// SPDX-License-Identifier: MIT OR Apache-2.0
// The simulation in C#: see README.md.
using System;
using System.Globalization;
using Framealloc;

internal struct Entity
{
    public int Born;
    public int Health;
}

internal static class Simulation
{
    private const int Frames = 120;
    private const int Bodies = 256;
    private const int EntitiesMax = 16;

    private static double Physics(Allocator allocator, Frame frame, int number)
    {
        using (allocator.InTag("physics"))
        {
            double sum = 0;
            Span<float> bodies = frame.Alloc<float>(Bodies);
            for (int index = 0; index < bodies.Length; index++)
            {
                bodies[index] = number * 0.25f + index;
                sum += bodies[index];
            }
            return sum;
        }
    }

    private static void Particles(Allocator allocator, Frame frame, int number)
    {
        using (allocator.InTag("particles"))
        {
            for (int index = 0; index < number % 50; index++)
                frame.Alloc<byte>(48);
        }
    }

    /// <summary>A guess that does not work out: what it took is undone.</summary>
    private static ulong Planning(Frame frame)
    {
        ulong before = frame.Used;
        using (frame.BeginSubframe())
            frame.Alloc<byte>(10000);
        return frame.Used - before;
    }

    private static void BirthsAndDeaths(ObjectPool<Entity> entities, int number)
    {
        if (number % 10 == 0)
            entities.Take(new Entity { Born = number, Health = 100 });
        foreach (ulong id in entities)
        {
            ref Entity entity = ref entities[id];
            if (--entity.Health == 0 || number - entity.Born > 60)
                entities.Give(id);
        }
    }

    private static void ReportLevel(Allocator allocator)
    {
        using (Group level = allocator.BeginGroup("level"))
        {
            for (int index = 1; index <= 10; index++)
                level.Alloc<byte>(index * 100);
            Console.WriteLine($"level: {level.Stats.Count} blocks, {level.Stats.Bytes} bytes");
        }
    }

    private static void ReportRefusal(Allocator allocator)
    {
        using (Frame frame = allocator.BeginFrame())
        using (allocator.InTag("particles"))
        {
            try
            {
                frame.Alloc<byte>(100000);
            }
            catch (BudgetException error)
            {
                Console.WriteLine($"100000 bytes of particles: status {(int)error.Status}");
            }
        }
    }

    private static void Simulate(Allocator allocator)
    {
        double sum = 0;
        ulong undone = 0;
        using (ObjectPool<Entity> entities = allocator.ObjectPool<Entity>(EntitiesMax))
        {
            for (int number = 1; number <= Frames; number++)
            {
                using (Frame frame = allocator.BeginFrame())
                {
                    sum += Physics(allocator, frame, number);
                    Particles(allocator, frame, number);
                    undone += Planning(frame);
                    BirthsAndDeaths(entities, number);
                }
            }
            string total = sum.ToString("F1", CultureInfo.InvariantCulture);
            Console.WriteLine($"{Frames} frames, sum {total}, {undone} bytes left of planning");
            ulong physics = allocator.Tag("physics").Stats.FrameTotalBytes;
            Console.WriteLine($"physics {physics} bytes, particles {allocator.Tag("particles").Stats.FrameTotalBytes} bytes");
            Console.WriteLine($"{entities.Count} entities");
        }
    }

    private static void Main()
    {
        using (var allocator = new Allocator(new AllocatorOptions { FrameCap = 1 << 20 }))
        {
            allocator.Tag("particles").SetBudget(new Budget { Hard = 64 << 10 });
            Simulate(allocator);
            ReportLevel(allocator);
            ReportRefusal(allocator);
            Stats stats = allocator.Stats;
            Console.WriteLine($"left: {stats.Frame.LiveBytes} frame bytes, {stats.Heap.LiveCount} heap blocks");
        }
    }
}
