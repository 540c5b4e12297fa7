// SPDX-License-Identifier: MIT OR Apache-2.0
using System;

namespace Framealloc
{
    /// <summary>Times as the library has them.</summary>
    internal static class Time
    {
        public static ulong Nanoseconds(TimeSpan time)
        {
            bool endless = time < TimeSpan.Zero || time.Ticks > long.MaxValue / 100;
            return endless ? Native.FA_FOREVER : (ulong)time.Ticks * 100;
        }

        /// <summary>For waits of .NET.</summary>
        public static int Milliseconds(TimeSpan time)
        {
            bool endless = time < TimeSpan.Zero || time.TotalMilliseconds > int.MaxValue;
            return endless ? System.Threading.Timeout.Infinite : (int)Math.Ceiling(time.TotalMilliseconds);
        }
    }

    /// <summary>Lists that the library fills in.</summary>
    internal static class Lists
    {
        /// <summary>The first so many of what was filled in, as values of C#.</summary>
        public static TOut[] Made<TIn, TOut>(TIn[] room, ulong count, Converter<TIn, TOut> make)
        {
            var made = new TOut[Math.Min(count, (ulong)room.Length)];
            for (int index = 0; index < made.Length; index++)
                made[index] = make(room[index]);
            return made;
        }
    }
}
