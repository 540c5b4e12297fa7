// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Runtime.InteropServices;

namespace Framealloc
{
    public readonly unsafe partial struct Frame
    {
        /// <summary>An uninitialised array that belongs to a tag, whatever the thread's current one is.</summary>
        public Span<T> Alloc<T>(int count, Tag tag) where T : struct
        {
            ulong size = Layout<T>.Of(count);
            Native.fa_tagged view = (tag ?? throw new ArgumentNullException(nameof(tag))).Raw(Core, Settled);
            return new Span<T>(Core.Need(Native.fa_tagged_alloc(&view, Native.FA_INTENT_FRAME, size, 16)), count);
        }

        /// <summary>An uninitialised array that shares its cache lines with nothing.</summary>
        public Span<T> CacheLines<T>(int count) where T : struct
        {
            return new Span<T>(Core.Need(Native.fa_frame_alloc_cache_line(Settled, Layout<T>.Of(count))), count);
        }

        /// <summary>As many blocks of one size as there is room for addresses, with one request.</summary>
        public void Batch(Span<IntPtr> blocks, ulong size, ulong alignment = Native.FA_ALIGN_DEFAULT)
        {
            fixed (IntPtr* first = &MemoryMarshal.GetReference(blocks))
                Core.Check(Native.fa_frame_alloc_batch(Settled, (void**)first, (ulong)blocks.Length, size, alignment));
        }

        /// <summary>A structure of two arrays with one request.</summary>
        public void Columns<T1, T2>(int count, out Span<T1> first, out Span<T2> second)
            where T1 : struct where T2 : struct
        {
            Native.fa_soa_field* fields = stackalloc Native.fa_soa_field[2];
            fields[0] = Column<T1>(count);
            fields[1] = Column<T2>(count);
            Fill(count, fields, 2);
            first = new Span<T1>(fields[0].array, count);
            second = new Span<T2>(fields[1].array, count);
        }

        /// <summary>A structure of three arrays with one request.</summary>
        public void Columns<T1, T2, T3>(int count, out Span<T1> first, out Span<T2> second, out Span<T3> third)
            where T1 : struct where T2 : struct where T3 : struct
        {
            Native.fa_soa_field* fields = stackalloc Native.fa_soa_field[3];
            fields[0] = Column<T1>(count);
            fields[1] = Column<T2>(count);
            fields[2] = Column<T3>(count);
            Fill(count, fields, 3);
            first = new Span<T1>(fields[0].array, count);
            second = new Span<T2>(fields[1].array, count);
            third = new Span<T3>(fields[2].array, count);
        }

        /// <summary>A structure of four arrays with one request.</summary>
        public void Columns<T1, T2, T3, T4>(int count, out Span<T1> first, out Span<T2> second, out Span<T3> third,
                                            out Span<T4> fourth)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct
        {
            Native.fa_soa_field* fields = stackalloc Native.fa_soa_field[4];
            fields[0] = Column<T1>(count);
            fields[1] = Column<T2>(count);
            fields[2] = Column<T3>(count);
            fields[3] = Column<T4>(count);
            Fill(count, fields, 4);
            first = new Span<T1>(fields[0].array, count);
            second = new Span<T2>(fields[1].array, count);
            third = new Span<T3>(fields[2].array, count);
            fourth = new Span<T4>(fields[3].array, count);
        }

        private static Native.fa_soa_field Column<T>(int count) where T : struct
        {
            Layout<T>.Of(count);
            return new Native.fa_soa_field { size = Layout<T>.Size, align = Native.FA_ALIGN_DEFAULT };
        }

        private void Fill(int count, Native.fa_soa_field* fields, ulong columns)
        {
            Core.Check(Native.fa_frame_alloc_soa(Settled, (ulong)count, fields, columns));
        }
    }
}
