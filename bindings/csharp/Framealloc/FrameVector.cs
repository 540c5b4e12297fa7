// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Runtime.InteropServices;

namespace Framealloc
{
    internal unsafe interface IItems
    {
        bool Test(void* item);
        int Compare(void* left, void* right);
    }

    /// <summary>What a call asks of items, for the time of that call.</summary>
    internal sealed unsafe class Items<T> : IItems where T : struct
    {
        private readonly Predicate<T> test;
        private readonly Comparison<T> order;

        public Items(Predicate<T> test, Comparison<T> order)
        {
            this.test = test;
            this.order = order;
        }

        public bool Test(void* item)
        {
            return test(new Span<T>(item, 1)[0]);
        }

        public int Compare(void* left, void* right)
        {
            return order(new Span<T>(left, 1)[0], new Span<T>(right, 1)[0]);
        }
    }

    /// <summary>A list of at most so many items in a frame, which C can fill and read, too.</summary>
    public sealed unsafe class FrameVector<T> where T : struct
    {
        private readonly Frame frame;
        private readonly Core core;
        private Native.fa_vector raw;

        internal FrameVector(Frame frame, Core core, IntPtr a, int capacity)
        {
            this.frame = frame;
            this.core = core;
            Layout<T>.Of(capacity);
            fixed (Native.fa_vector* vector = &raw)
                core.Check(Native.fa_vector_init(vector, a, (ulong)capacity, Layout<T>.Size, Native.FA_ALIGN_DEFAULT));
        }

        /// <summary>Items in use.</summary>
        public int Count => Checked((int)raw.count);

        /// <summary>Most items.</summary>
        public int Capacity => (int)raw.capacity;

        /// <summary>The items in use; not to be used after the frame.</summary>
        public Span<T> Span => new Span<T>(raw.items, Count);

        /// <summary>One item.</summary>
        public ref T this[int index] => ref Span[index];

        private int Checked(int count)
        {
            if (!frame.Running)
                throw frame.Gone("FrameVector");
            return count;
        }

        /// <summary>Appends an item; refused at the capacity.</summary>
        public void Add(T item)
        {
            Insert(Count, item);
        }

        /// <summary>Puts an item in front of the one at an index.</summary>
        public void Insert(int index, T item)
        {
            ulong at = (ulong)Checked(index);
            byte* source = stackalloc byte[(int)Layout<T>.Size];
            Layout<T>.Put(item, source);
            fixed (Native.fa_vector* vector = &raw)
                core.Check(Native.fa_vector_insert(vector, at, source));
        }

        /// <summary>Appends several, all or none.</summary>
        public void AddRange(ReadOnlySpan<T> items)
        {
            int count = Checked(items.Length);
            fixed (byte* source = &MemoryMarshal.GetReference(MemoryMarshal.AsBytes(items)))
            fixed (Native.fa_vector* vector = &raw)
                core.Check(Native.fa_vector_extend(vector, source, (ulong)count));
        }

        /// <summary>Removes the last item and returns it; <see cref="NotFoundException"/> if there is none.</summary>
        public T Pop()
        {
            T item = Count > 0 ? Span[Count - 1] : default(T);
            fixed (Native.fa_vector* vector = &raw)
                core.Check(Native.fa_vector_pop(vector, null));
            return item;
        }

        /// <summary>Removes the item at an index; without order that takes no longer for a long list.</summary>
        public void RemoveAt(int index, bool keepOrder = true)
        {
            ulong at = (ulong)Checked(index);
            fixed (Native.fa_vector* vector = &raw)
                core.Check(keepOrder ? Native.fa_vector_remove(vector, at) : Native.fa_vector_remove_swap(vector, at));
        }

        /// <summary>Removes the items for which a function says so; how many.</summary>
        public int RemoveAll(Predicate<T> unwanted)
        {
            if (unwanted == null)
                throw new ArgumentNullException(nameof(unwanted));
            Checked(0);
            ulong removed;
            void* key = Callbacks.Register(new Items<T>(item => !unwanted(item), null));
            try
            {
                fixed (Native.fa_vector* vector = &raw)
                    core.Check(Native.fa_vector_retain(vector, Callbacks.Test, key, &removed));
            }
            finally
            {
                Callbacks.Forget(key);
            }
            return (int)removed;
        }

        /// <summary>Index of the first item for which a function says so, -1 if there is none.</summary>
        public int FindIndex(Predicate<T> wanted)
        {
            for (int index = 0; index < Count; index++)
            {
                if (wanted(Span[index]))
                    return index;
            }
            return -1;
        }

        /// <summary>Index of the first item with the same bytes, -1 if there is none.</summary>
        public int IndexOf(T item)
        {
            Checked(0);
            byte* source = stackalloc byte[(int)Layout<T>.Size];
            Layout<T>.Put(item, source);
            fixed (Native.fa_vector* vector = &raw)
                return (int)(long)Native.fa_vector_index_of(vector, source);
        }

        /// <summary>Sorts the items; equal ones keep their order.</summary>
        public void Sort(Comparison<T> order)
        {
            if (order == null)
                throw new ArgumentNullException(nameof(order));
            Checked(0);
            IntPtr a = core.A;
            void* key = Callbacks.Register(new Items<T>(null, order));
            try
            {
                fixed (Native.fa_vector* vector = &raw)
                    core.Check(Native.fa_vector_sort(a, vector, Callbacks.Order, key));
            }
            finally
            {
                Callbacks.Forget(key);
            }
        }

        /// <summary>Forgets all items.</summary>
        public void Clear()
        {
            Checked(0);
            fixed (Native.fa_vector* vector = &raw)
                core.Check(Native.fa_vector_clear(vector));
        }

        /// <summary>Goes through the items.</summary>
        public Span<T>.Enumerator GetEnumerator()
        {
            return Span.GetEnumerator();
        }
    }
}
