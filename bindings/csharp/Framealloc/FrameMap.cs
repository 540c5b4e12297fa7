// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Collections.Generic;
using System.Text;

namespace Framealloc
{
    /// <summary>What maps have in common, whatever their keys.</summary>
    public abstract unsafe class FrameMapBase<TValue> where TValue : struct
    {
        private readonly Frame frame;
        private readonly Core core;
        private Native.fa_map raw;

        internal FrameMapBase(Frame frame, Core core, IntPtr a, int capacity, Native.fa_map_shape shape)
        {
            this.frame = frame;
            this.core = core;
            if (capacity < 0)
                throw new ArgumentOutOfRangeException(nameof(capacity));
            shape.value_size = Layout<TValue>.Size;
            shape.value_align = 8;
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

        /// <summary>Removes all entries.</summary>
        public void Clear()
        {
            Check();
            fixed (Native.fa_map* map = &raw)
                core.Check(Native.fa_map_clear(map));
        }

        internal bool TryGetAt(void* key, out TValue value)
        {
            Check();
            void* found;
            fixed (Native.fa_map* map = &raw)
                found = Native.fa_map_get(map, key);
            value = found == null ? default(TValue) : new Span<TValue>(found, 1)[0];
            return found != null;
        }

        internal void SetAt(void* key, TValue value)
        {
            Check();
            LaneState.Settle(); // the copy of a text comes from the frame
            void* place;
            fixed (Native.fa_map* map = &raw)
                place = core.Need(Native.fa_map_place(map, key, null));
            Layout<TValue>.Put(value, place);
        }

        internal bool TryAddAt(void* key, TValue value)
        {
            Check();
            LaneState.Settle();
            void* place;
            int status;
            fixed (Native.fa_map* map = &raw)
                status = Native.fa_map_add(map, key, &place);
            if (status == Native.FA_ERROR_EXISTS)
                return false;
            core.Check(status);
            Layout<TValue>.Put(value, place);
            return true;
        }

        internal int RemoveWhere<TKey>(Converter<IntPtr, TKey> keyAt, Func<TKey, TValue, bool> unwanted)
        {
            if (unwanted == null)
                throw new ArgumentNullException(nameof(unwanted));
            Check();
            int removed = 0;
            ulong cursor = 0;
            void* key, value;
            fixed (Native.fa_map* map = &raw)
            {
                while (Native.fa_map_next(map, &cursor, &key, &value) != 0)
                {
                    if (!unwanted(keyAt((IntPtr)key), new Span<TValue>(value, 1)[0]))
                        continue;
                    core.Check(Native.fa_map_remove_at(map, &cursor));
                    removed++;
                }
            }
            return removed;
        }

        internal bool RemoveAt(void* key)
        {
            Check();
            int status;
            fixed (Native.fa_map* map = &raw)
                status = Native.fa_map_remove(map, key, null);
            if (status != Native.FA_ERROR_NOT_FOUND)
                core.Check(status);
            return status == Native.FA_OK;
        }

        internal KeyValuePair<TKey, TValue>[] Entries<TKey>(Converter<IntPtr, TKey> keyAt)
        {
            var entries = new KeyValuePair<TKey, TValue>[Count];
            ulong cursor = 0;
            void* key, value;
            fixed (Native.fa_map* map = &raw)
            {
                for (int index = 0; Native.fa_map_next(map, &cursor, &key, &value) != 0; index++)
                    entries[index] = new KeyValuePair<TKey, TValue>(keyAt((IntPtr)key), new Span<TValue>(value, 1)[0]);
            }
            return entries;
        }

        private void Check()
        {
            if (!frame.Running)
                throw frame.Gone("FrameMap");
        }
    }

    /// <summary>A dictionary of at most so many entries in a frame, which C can fill and read, too.</summary>
    /// <remarks>Keys are compared by their bytes. Entries come in no particular order.</remarks>
    public sealed unsafe class FrameMap<TKey, TValue> : FrameMapBase<TValue> where TKey : struct where TValue : struct
    {
        internal FrameMap(Frame frame, Core core, IntPtr a, int capacity) : base(frame, core, a, capacity, Shape())
        {
        }

        private static Native.fa_map_shape Shape()
        {
            var shape = Native.fa_map_shape.New();
            shape.key_size = Layout<TKey>.Size;
            shape.key_align = 8;
            return shape;
        }

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
                byte* bytes = stackalloc byte[(int)Layout<TKey>.Size];
                Layout<TKey>.Put(key, bytes);
                SetAt(bytes, value);
            }
        }

        /// <summary>The value of a key, if there is one.</summary>
        public bool TryGet(TKey key, out TValue value)
        {
            byte* bytes = stackalloc byte[(int)Layout<TKey>.Size];
            Layout<TKey>.Put(key, bytes);
            return TryGetAt(bytes, out value);
        }

        /// <summary>Whether there is a key.</summary>
        public bool ContainsKey(TKey key)
        {
            return TryGet(key, out _);
        }

        /// <summary>Adds a key that has to be new; false if it is there already.</summary>
        public bool TryAdd(TKey key, TValue value)
        {
            byte* bytes = stackalloc byte[(int)Layout<TKey>.Size];
            Layout<TKey>.Put(key, bytes);
            return TryAddAt(bytes, value);
        }

        /// <summary>Removes the entries for which a function says so; how many.</summary>
        public int RemoveAll(Func<TKey, TValue, bool> unwanted)
        {
            return RemoveWhere(key => new Span<TKey>((void*)key, 1)[0], unwanted);
        }

        /// <summary>Removes a key; false if there was none.</summary>
        public bool Remove(TKey key)
        {
            byte* bytes = stackalloc byte[(int)Layout<TKey>.Size];
            Layout<TKey>.Put(key, bytes);
            return RemoveAt(bytes);
        }

        /// <summary>A copy of the entries.</summary>
        public KeyValuePair<TKey, TValue>[] ToArray()
        {
            return Entries(key => new Span<TKey>((void*)key, 1)[0]);
        }
    }

    /// <summary>A dictionary of at most so many entries in a frame, with texts as keys.</summary>
    public sealed unsafe class FrameTextMap<TValue> : FrameMapBase<TValue> where TValue : struct
    {
        internal FrameTextMap(Frame frame, Core core, IntPtr a, int capacity) : base(frame, core, a, capacity, Shape())
        {
        }

        private static Native.fa_map_shape Shape()
        {
            var shape = Native.fa_map_shape.New();
            shape.texts = 1;
            return shape;
        }

        /// <summary>The value of a key; when read, <see cref="NotFoundException"/> if there is none.</summary>
        public TValue this[string key]
        {
            get
            {
                TValue found;
                return TryGet(key, out found) ? found : throw new NotFoundException($"There is no key {key}.", null);
            }

            set
            {
                fixed (byte* bytes = Bytes(key))
                {
                    Native.fa_text_key text = Key(bytes, key);
                    SetAt(&text, value);
                }
            }
        }

        /// <summary>The value of a key, if there is one.</summary>
        public bool TryGet(string key, out TValue value)
        {
            fixed (byte* bytes = Bytes(key))
            {
                Native.fa_text_key text = Key(bytes, key);
                return TryGetAt(&text, out value);
            }
        }

        /// <summary>Whether there is a key.</summary>
        public bool ContainsKey(string key)
        {
            return TryGet(key, out _);
        }

        /// <summary>Adds a key that has to be new; false if it is there already.</summary>
        public bool TryAdd(string key, TValue value)
        {
            fixed (byte* bytes = Bytes(key))
            {
                Native.fa_text_key text = Key(bytes, key);
                return TryAddAt(&text, value);
            }
        }

        /// <summary>Removes the entries for which a function says so; how many.</summary>
        public int RemoveAll(Func<string, TValue, bool> unwanted)
        {
            return RemoveWhere(key => Read((Native.fa_text_key*)key), unwanted);
        }

        /// <summary>Removes a key; false if there was none.</summary>
        public bool Remove(string key)
        {
            fixed (byte* bytes = Bytes(key))
            {
                Native.fa_text_key text = Key(bytes, key);
                return RemoveAt(&text);
            }
        }

        /// <summary>A copy of the entries.</summary>
        public KeyValuePair<string, TValue>[] ToArray()
        {
            return Entries(key => Read((Native.fa_text_key*)key));
        }

        private static byte[] Bytes(string key)
        {
            return Utf8.Terminated(key ?? throw new ArgumentNullException(nameof(key)));
        }

        private static Native.fa_text_key Key(byte* bytes, string key)
        {
            return new Native.fa_text_key { bytes = bytes, length = (ulong)Encoding.UTF8.GetByteCount(key) };
        }

        private static string Read(Native.fa_text_key* key)
        {
            return Encoding.UTF8.GetString(key->bytes, (int)key->length);
        }
    }
}
