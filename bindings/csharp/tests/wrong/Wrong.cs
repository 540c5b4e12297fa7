// SPDX-License-Identifier: MIT OR Apache-2.0
// Writes to memory of a frame that has ended, which Valgrind has to see.
using System;
using System.Runtime.InteropServices;
using Framealloc;

internal static class Wrong
{
    private static void Main()
    {
        using (var allocator = new Allocator(new AllocatorOptions { DebugMode = true }))
        {
            IntPtr memory;
            using (Frame frame = allocator.BeginFrame())
                memory = frame.Address(100);
            Marshal.WriteInt32(memory, 1);
        }
    }
}
