// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Collections.Generic;

namespace Framealloc
{
    /// <summary>A dictionary of at most so many entries in a frame, which C can fill and read, too.</summary>
    /// <remarks>Keys are compared by their bytes. Entries come in no particular order.</remarks>
    public sealed unsafe class FrameMap<TKey, TValue> where TKey : struct where TValue : struct
    {
        private readonly Frame frame;
        private readonly Core core;
        private Native.fa_map raw;

        internal FrameMap(Frame frame, Core core, IntPtr a, int capacity)
        {
            this.frame = frame;
            this.core = core;
            if (capacity < 0)
                throw new ArgumentOutOfRangeException(nameof(capacity));
            var shape = Native.fa_map_shape.New();
            shape.key_size = Layout<TKey>.Size;
            shape.value_size = Layout<TValue>.Size;
            shape.key_align = shape.value_align = 8;
            fixed (Native.fa_map* map = &raw)
                core.Check(Native.fa_map_init(map, a, (ulong)capacity, &shape));
        }

        /// <summary>Entries.</summary>
        public int Count
        {
            get
            {
                Check();
                return (int)raw.count;
            }
        }

        /// <summary>Most entries.</summary>
        public int Capacity => (int)raw.capacity;

        /// <summary>The value of a key; when read, <see cref="NotFoundException"/> if there is none.</summary>
        public TValue this[TKey key]
        {
            get
            {
                TValue found;
                return TryGet(key, out found) ? found : throw new NotFoundException($"There is no key {key}.", null);
            }
            set
            {
                Span<TValue> place = At(Place(key));
                place[0] = value;
            }
        }

        /// <summary>The value of a key, if there is one.</summary>
        public bool TryGet(TKey key, out TValue value)
        {
            Check();
            void* found;
            byte* source = stackalloc byte[(int)Layout<TKey>.Size];
            Layout<TKey>.Put(key, source);
            fixed (Native.fa_map* map = &raw)
                found = Native.fa_map_get(map, source);
            value = found == null ? default(TValue) : At(found)[0];
            return found != null;
        }

        /// <summary>Whether there is a key.</summary>
        public bool ContainsKey(TKey key)
        {
            return TryGet(key, out _);
        }

        /// <summary>Removes a key; false if there was none.</summary>
        public bool Remove(TKey key)
        {
            Check();
            byte* source = stackalloc byte[(int)Layout<TKey>.Size];
            Layout<TKey>.Put(key, source);
            int status;
            fixed (Native.fa_map* map = &raw)
                status = Native.fa_map_remove(map, source, null);
            if (status != Native.FA_ERROR_NOT_FOUND)
                core.Check(status);
            return status == Native.FA_OK;
        }

        /// <summary>Removes all entries.</summary>
        public void Clear()
        {
            Check();
            fixed (Native.fa_map* map = &raw)
                core.Check(Native.fa_map_clear(map));
        }

        /// <summary>A copy of the entries.</summary>
        public KeyValuePair<TKey, TValue>[] ToArray()
        {
            var entries = new KeyValuePair<TKey, TValue>[Count];
            ulong cursor = 0;
            void* key, value;
            fixed (Native.fa_map* map = &raw)
            {
                for (int index = 0; Native.fa_map_next(map, &cursor, &key, &value) != 0; index++)
                    entries[index] = new KeyValuePair<TKey, TValue>(new Span<TKey>(key, 1)[0], At(value)[0]);
            }
            return entries;
        }

        private void* Place(TKey key)
        {
            Check();
            byte* source = stackalloc byte[(int)Layout<TKey>.Size];
            Layout<TKey>.Put(key, source);
            fixed (Native.fa_map* map = &raw)
                return core.Need(Native.fa_map_place(map, source, null));
        }

        private static Span<TValue> At(void* place)
        {
            return new Span<TValue>(place, 1);
        }

        private void Check()
        {
            if (!frame.Running)
                throw new StaleException("FrameMap", "[FA006] a map was used after its frame");
        }
    }
}
