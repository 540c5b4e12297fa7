// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Linq;
using Xunit;

namespace Framealloc.Tests
{
    public sealed class CollectionTests : WithAllocator
    {
        [Fact]
        public void Vectors()
        {
            using (Frame frame = alloc.BeginFrame())
            {
                FrameVector<int> numbers = frame.Vector<int>(10);
                numbers.AddRange(new[] { 5, 3, 8, 1 });
                numbers.Add(9);
                numbers.Insert(0, 7);
                numbers.Sort((left, right) => left.CompareTo(right));
                Assert.Equal(new[] { 1, 3, 5, 7, 8, 9 }, numbers.Span.ToArray());
                Assert.Equal(3, numbers.RemoveAll(number => number > 5));
                Assert.Equal(1, numbers.FindIndex(number => number == 3));
                Assert.Equal(-1, numbers.FindIndex(number => number == 4));
                Assert.Equal(5, numbers.Pop());
                numbers.RemoveAt(0);
                numbers[0] *= 2;
                Assert.Equal(6, numbers[0]);
                int sum = 0;
                foreach (int number in numbers)
                    sum += number;
                Assert.Equal(6, sum);
                numbers.Clear();
                Assert.Throws<NotFoundException>(() => numbers.Pop());
                Assert.Throws<NotFoundException>(() => numbers.RemoveAt(3, false));
                numbers.AddRange(new int[10]);
                FrameallocException full = Assert.Throws<FrameallocException>(() => numbers.Add(1));
                Assert.Equal(Status.Full, full.Status);
                Assert.Throws<FormatException>(() => numbers.Sort((left, right) => { throw new FormatException(); }));
            }
        }

        [Fact]
        public void Maps()
        {
            using (Frame frame = alloc.BeginFrame())
            {
                FrameMap<long, Unit> units = frame.Map<long, Unit>(3);
                units[7] = new Unit { Health = 1 };
                units[8] = new Unit { Health = 2 };
                units[7] = new Unit { Health = 3 };
                Assert.Equal(2, units.Count);
                Assert.Equal(3, units[7].Health);
                Assert.False(units.TryGet(9, out Unit missing));
                Assert.Equal(0, missing.Health);
                Assert.Throws<NotFoundException>(() => { var unused = units[9]; });
                Assert.Equal(5, units.ToArray().Sum(entry => entry.Value.Health));
                Assert.True(units.Remove(7));
                Assert.False(units.Remove(7));
                Assert.False(units.ContainsKey(7));
                units[1] = units[2] = new Unit();
                FrameallocException full = Assert.Throws<FrameallocException>(() => units[3] = new Unit());
                Assert.Equal(Status.Full, full.Status);
                units.Clear();
                Assert.Equal(0, units.Count);
            }
        }

        [Fact]
        public void MapsOfTexts()
        {
            using (Frame frame = alloc.BeginFrame())
            {
                FrameTextMap<int> ages = frame.TextMap<int>(10);
                ages["Ada"] = 36;
                frame.Alloc<byte>(10).Fill(1);
                ages["Jürgen"] = 52;
                frame.Alloc<byte>(10).Fill(1);
                ages[""] = 1;
                ages["Ada"]++;
                Assert.Equal(37, ages["Ada"]);
                Assert.Equal(52, ages["Jürgen"]);
                Assert.Equal(52, ages.ToArray().Single(entry => entry.Key == "Jürgen").Value);
                Assert.True(ages.Remove(""));
                Assert.False(ages.ContainsKey("Jürge"));
                Assert.Equal(2, ages.Count);
                Assert.Throws<ArgumentNullException>(() => ages[null] = 1);
            }
        }
    }
}
