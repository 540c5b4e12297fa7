// SPDX-License-Identifier: MIT OR Apache-2.0
using System;

namespace Framealloc
{
    /// <summary>Texts that the library writes into a buffer.</summary>
    internal static unsafe class Texts
    {
        /// <summary>
        /// Writes a text, cut to the size, and says how many bytes all of it takes, its end included.
        /// </summary>
        public delegate ulong Writer(IntPtr buffer, ulong size);

        /// <summary>The whole text; it may grow while it is asked for.</summary>
        public static string Grown(Writer write)
        {
            for (ulong size = write(IntPtr.Zero, 0) + 1024; ; size *= 2)
            {
                var room = new byte[size];
                fixed (byte* buffer = room)
                {
                    if (write((IntPtr)buffer, size) <= size)
                        return Utf8.Read(buffer);
                }
            }
        }
    }
}
