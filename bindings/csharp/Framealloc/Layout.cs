// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Framealloc
{
    /// <summary>Bytes of an element as it lies in memory.</summary>
    internal static unsafe class Layout<T> where T : struct
    {
#if NETCOREAPP
        public static ulong Size
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get { return (ulong)Unsafe.SizeOf<T>(); }
        }
#else
        // The class library of Mono has no SizeOf for generic types; the span is measured and never looked at.
        public static readonly ulong Size = (ulong)MemoryMarshal.AsBytes(new Span<T>((void*)64, 1)).Length;
#endif

        /// <summary>Writes a value.</summary>
        public static void Put(T value, void* memory)
        {
            var place = new Span<T>(memory, 1);
            place[0] = value;
        }

        /// <summary>Bytes of an array.</summary>
        public static ulong Of(int count)
        {
            if (count < 0)
                throw new ArgumentOutOfRangeException(nameof(count), count, "An array has no negative length.");
            return (ulong)count * Size;
        }
    }
}
