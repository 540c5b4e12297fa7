// SPDX-License-Identifier: MIT OR Apache-2.0
using System;

namespace Framealloc
{
    /// <summary>Is shown an asset that is being evicted.</summary>
    public delegate void EvictedHandler(ulong asset, ReadOnlySpan<byte> memory);

    /// <summary>Assets within a budget of bytes; what is looked at least goes first.</summary>
    public sealed unsafe class AssetStream : IDisposable
    {
        private readonly Core core;
        private readonly void* key;
        private IntPtr pointer;

        internal AssetStream(Core core, ulong budget, EvictedHandler evicted)
        {
            this.core = core;
            var config = Native.fa_stream_config.New();
            config.budget = budget;
            if (evicted != null)
            {
                config.evicted = Callbacks.Evicted;
                config.user = key = Callbacks.Register(evicted);
            }
            IntPtr made = Native.fa_stream_create(core.A, &config);
            if (made != IntPtr.Zero && Callbacks.Failed)
                Native.fa_stream_destroy(made);
            if (made == IntPtr.Zero || Callbacks.Failed)
                Callbacks.Forget(key);
            core.Need(made);
            core.Use();
            pointer = made;
        }

        internal Core Core => core;

        internal IntPtr Pointer =>
            pointer != IntPtr.Zero ? pointer : throw new StaleException("AssetStream", "The stream has ended.");

        /// <summary>Figures.</summary>
        public StreamStats Stats
        {
            get
            {
                var found = Native.fa_stream_stats.New();
                core.Check(Native.fa_stream_get_stats(Pointer, &found));
                return new StreamStats(found);
            }
        }

        /// <summary>Books room for an asset, evicting others if need be.</summary>
        public Asset Reserve(ulong size, Priority priority = Priority.Normal, string name = null)
        {
            ulong id;
            fixed (byte* text = Utf8.Of(name))
                core.Check(Native.fa_stream_reserve(Pointer, size, (int)priority, text, &id));
            return new Asset(this, id);
        }

        /// <summary>Changes the budget; the bytes in use beyond it.</summary>
        public ulong SetBudget(ulong bytes)
        {
            ulong excess;
            core.Check(Native.fa_stream_set_budget(Pointer, bytes, &excess));
            return excess;
        }

        /// <summary>
        /// Evicts until at most so many bytes are in use, but no more than so many assets; the bytes evicted.
        /// </summary>
        public ulong Evict(ulong keep = 0, uint most = uint.MaxValue)
        {
            ulong evicted;
            core.Check(Native.fa_stream_evict_step(Pointer, keep, most, &evicted));
            return evicted;
        }

        /// <summary>Ids of assets that were evicted since the last call, oldest first.</summary>
        public ulong[] Evicted()
        {
            var found = new ulong[256];
            ulong count;
            fixed (ulong* room = found)
                core.Check(Native.fa_stream_poll_evicted(Pointer, room, (ulong)found.Length, &count, null));
            return Lists.Made(found, count, id => id);
        }

        /// <summary>Frees all assets and ends the stream; refused while one is pinned or loading.</summary>
        public void Dispose()
        {
            if (pointer == IntPtr.Zero)
                return;
            core.Check(Native.fa_stream_destroy(pointer));
            pointer = IntPtr.Zero;
            Callbacks.Forget(key);
            core.Unuse();
        }
    }

    /// <summary>An asset of a stream: reserved, loaded, looked at while pinned, evicted, and loaded again.</summary>
    public readonly unsafe struct Asset
    {
        private readonly AssetStream of;

        internal Asset(AssetStream stream, ulong id)
        {
            of = stream;
            Id = id;
        }

        private AssetStream Stream => of ?? throw new StaleException("Asset", "An asset comes from Reserve().");

        /// <summary>The fa_asset, for C.</summary>
        public ulong Id { get; }

        /// <summary>What is known of it.</summary>
        public AssetInfo Info
        {
            get
            {
                var found = Native.fa_asset_info.New();
                Stream.Core.Check(Native.fa_stream_get_asset(Stream.Pointer, Id, &found));
                return new AssetInfo(found);
            }
        }

        /// <summary>The memory for the loader, until <see cref="FinishLoad"/> or <see cref="AbandonLoad"/>.</summary>
        public Span<byte> BeginLoad()
        {
            void* memory;
            Stream.Core.Check(Native.fa_stream_begin_load(Stream.Pointer, Id, &memory));
            return new Span<byte>(memory, checked((int)Info.Size));
        }

        /// <summary>The memory of a new version, while the old one stays in use.</summary>
        public Span<byte> BeginReplace(int size)
        {
            void* memory;
            Stream.Core.Check(Native.fa_stream_begin_replace(Stream.Pointer, Id, Layout<byte>.Of(size), &memory));
            return new Span<byte>(memory, size);
        }

        /// <summary>Tells how many bytes are loaded.</summary>
        public void ReportProgress(ulong loaded)
        {
            Stream.Core.Check(Native.fa_stream_report_progress(Stream.Pointer, Id, loaded));
        }

        /// <summary>It is ready.</summary>
        public void FinishLoad()
        {
            Stream.Core.Check(Native.fa_stream_finish_load(Stream.Pointer, Id));
        }

        /// <summary>It could not be loaded.</summary>
        public void AbandonLoad()
        {
            Stream.Core.Check(Native.fa_stream_abandon_load(Stream.Pointer, Id));
        }

        /// <summary>
        /// A copy of its bytes, or null if it is not ready; it becomes the one that was looked at last.
        /// </summary>
        public byte[] Read()
        {
            ulong size;
            void* memory = Native.fa_stream_access(Stream.Pointer, Id, &size);
            if (memory == null && Native.fa_last_status() == Native.FA_ERROR_STATE)
                return null;
            return new ReadOnlySpan<byte>(Stream.Core.Need(memory), checked((int)size)).ToArray();
        }

        /// <summary>Keeps its bytes where they are until the pin is disposed of.</summary>
        public Pin Pin()
        {
            ulong size;
            void* memory = Stream.Core.Need(Native.fa_stream_pin(Stream.Pointer, Id, &size));
            return new Pin(Stream.Core, Stream.Pointer, Id, memory, size);
        }

        /// <summary>Changes its priority.</summary>
        public void SetPriority(Priority priority)
        {
            Stream.Core.Check(Native.fa_stream_set_priority(Stream.Pointer, Id, (int)priority));
        }

        /// <summary>Evicts it.</summary>
        public void Evict()
        {
            Stream.Core.Check(Native.fa_stream_evict(Stream.Pointer, Id));
        }

        /// <summary>Frees it and its id.</summary>
        public void Free()
        {
            Stream.Core.Check(Native.fa_stream_free(Stream.Pointer, Id));
        }
    }
}
