// SPDX-License-Identifier: MIT OR Apache-2.0
using System;

namespace Framealloc
{
    /// <summary>What is done to an object of a pool when it begins or ends.</summary>
    public delegate void ObjectHook<T>(ref T item) where T : struct;

    internal unsafe interface IObjectHooks
    {
        void Construct(void* memory);
        void Destruct(void* memory);
    }

    internal sealed unsafe class ObjectHooks<T> : IObjectHooks where T : struct
    {
        private readonly ObjectHook<T> constructor;
        private readonly ObjectHook<T> destructor;

        public ObjectHooks(ObjectHook<T> constructor, ObjectHook<T> destructor)
        {
            this.constructor = constructor;
            this.destructor = destructor;
        }

        public void Construct(void* memory)
        {
            constructor(ref new Span<T>(memory, 1)[0]);
        }

        public void Destruct(void* memory)
        {
            destructor(ref new Span<T>(memory, 1)[0]);
        }
    }

    /// <summary>Objects of one type that never move, named by ids that know when their object has ended.</summary>
    public sealed unsafe class ObjectPool<T> : IDisposable where T : struct
    {
        private readonly Core core;
        private readonly bool constructs;
        private void* key;
        private IntPtr pointer;

        internal ObjectPool(Core core, uint maximum, ObjectHook<T> constructor, ObjectHook<T> destructor)
        {
            this.core = core;
            constructs = constructor != null;
            var config = Native.fa_object_pool_config.New();
            config.object_size = Layout<T>.Of(1);
            config.align = Native.FA_ALIGN_DEFAULT;
            config.maximum = maximum;
            if (constructor != null || destructor != null)
                config.user = key = Callbacks.Register(new ObjectHooks<T>(constructor, destructor));
            config.constructor = constructor == null ? IntPtr.Zero : Callbacks.Construct;
            config.destructor = destructor == null ? IntPtr.Zero : Callbacks.Destruct;
            IntPtr made = Native.fa_object_pool_create(core.A, &config);
            if (made != IntPtr.Zero && Callbacks.Failed)
                Native.fa_object_pool_destroy(made);
            if (made == IntPtr.Zero || Callbacks.Failed)
                Callbacks.Forget(key);
            core.Need(made);
            core.Use();
            pointer = made;
        }

        private IntPtr Pool =>
            pointer != IntPtr.Zero ? pointer : throw new StaleException("ObjectPool", "The pool has ended.");

        /// <summary>Objects there are.</summary>
        public int Count => (int)Native.fa_object_pool_count(Pool);

        /// <summary>Most that there can be, 0 for no limit.</summary>
        public uint Maximum => Native.fa_object_pool_maximum(Pool);

        /// <summary>A new object: zero, or as the constructor makes it; its id.</summary>
        public ulong Take()
        {
            ulong id;
            void* made = Native.fa_object_pool_take(Pool, &id);
            if (made != null && Callbacks.Failed)
                Native.fa_object_pool_give(Pool, id);
            core.Need(made);
            if (!constructs)
                new Span<T>(made, 1).Clear();
            return id;
        }

        /// <summary>A new object with a value; its id.</summary>
        public ulong Take(T value)
        {
            ulong id = Take();
            this[id] = value;
            return id;
        }

        /// <summary>The object, where it is; <see cref="StaleException"/> once it has ended.</summary>
        public ref T this[ulong id]
        {
            get { return ref new Span<T>((void*)AddressOf(id), 1)[0]; }
        }

        /// <summary>Where the object is, for other native code; it never moves.</summary>
        public IntPtr AddressOf(ulong id)
        {
            void* found = Native.fa_object_pool_get(Pool, id);
            if (found == null)
                throw new StaleException("ObjectPool", $"Object {id} was given back.");
            return (IntPtr)found;
        }

        /// <summary>The id of the object at an address; 0 if there is none.</summary>
        public ulong IdOf(IntPtr address)
        {
            return Native.fa_object_pool_id_of(Pool, (void*)address);
        }

        /// <summary>Ends the object at an address.</summary>
        public void Give(IntPtr address)
        {
            core.Check(Native.fa_object_pool_give_object(Pool, (void*)address));
        }

        /// <summary>Whether the object is there.</summary>
        public bool Contains(ulong id)
        {
            return Native.fa_object_pool_get(Pool, id) != null;
        }

        /// <summary>Ends an object.</summary>
        public void Give(ulong id)
        {
            core.Check(Native.fa_object_pool_give(Pool, id));
        }

        /// <summary>Ends all of them.</summary>
        public void Clear()
        {
            core.Check(Native.fa_object_pool_clear(Pool));
        }

        /// <summary>The ids, one by one; objects may be given back meanwhile.</summary>
        public Enumerator GetEnumerator()
        {
            return new Enumerator(this);
        }

        /// <summary>Ends all objects and the pool.</summary>
        public void Dispose()
        {
            IntPtr mine = System.Threading.Interlocked.Exchange(ref pointer, IntPtr.Zero);
            if (mine == IntPtr.Zero)
                return;
            try
            {
                core.Check(Native.fa_object_pool_destroy(mine));
            }
            finally
            {
                Callbacks.Forget(key);
                core.Unuse();
            }
        }

        /// <summary>Goes through the ids.</summary>
        public struct Enumerator
        {
            private readonly ObjectPool<T> pool;
            private ulong cursor;

            internal Enumerator(ObjectPool<T> pool)
            {
                this.pool = pool;
                cursor = 0;
                Current = 0;
            }

            /// <summary>The id.</summary>
            public ulong Current { get; private set; }

            /// <summary>Goes on.</summary>
            public bool MoveNext()
            {
                ulong next = cursor, id;
                bool found = Native.fa_object_pool_next(pool.Pool, &next, &id) != null;
                cursor = next;
                Current = id;
                return found;
            }
        }
    }
}
