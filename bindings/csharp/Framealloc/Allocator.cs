// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Collections.Generic;

namespace Framealloc
{
    /// <summary>
    /// Memory by intent for programs that run in frames. Any thread may use it; each has frames of its own.
    /// <code>
    /// using (var allocator = new Allocator(new AllocatorOptions { FrameCap = 64 &lt;&lt; 20 }))
    /// using (var frame = allocator.BeginFrame())
    ///     Span&lt;float&gt; contacts = frame.Alloc&lt;float&gt;(1024);
    /// </code>
    /// </summary>
    public sealed unsafe partial class Allocator : IDisposable
    {
        private readonly Core core;

        /// <summary>An allocator with the defaults.</summary>
        public Allocator() : this(new AllocatorOptions())
        {
        }

        /// <summary>An allocator with a preset.</summary>
        public Allocator(Preset preset) : this(new AllocatorOptions(preset))
        {
        }

        /// <summary>An allocator made as the options say.</summary>
        public Allocator(AllocatorOptions options)
        {
            Native.fa_config config = (options ?? throw new ArgumentNullException(nameof(options))).Raw;
            void* key = null;
            if (options.Backend != null)
            {
                key = Callbacks.Register(options.Backend);
                config.backend_kind = Native.FA_BACKEND_CUSTOM;
                config.backend = new Native.fa_backend
                {
                    allocate = Callbacks.Allocate, deallocate = Callbacks.Deallocate, user = key
                };
            }
            core = new Core(Create(config, key));
            if (key != null)
                core.Adopt(key);
            Listen();
        }

        private Allocator(IntPtr retained)
        {
            core = new Core(retained);
        }

        private static IntPtr Create(Native.fa_config config, void* key)
        {
            IntPtr made = Native.fa_allocator_create(&config);
            if (made != IntPtr.Zero)
                return made;
            Callbacks.Forget(key);
            Callbacks.ThrowKept();
            throw Failure.Of((Status)Native.fa_last_status());
        }

        private void Listen()
        {
            void* key = core.Keep(core.Reports);
            core.Check(Native.fa_diagnostic_set_sink(core.Raw, Callbacks.Sink, key));
            ConfigureReports();
        }

        /// <summary>
        /// An allocator that the host made, by the address of its fa_allocator. C# adds a reference of its own; the
        /// host's sink, budgets and listeners stay as they are.
        /// </summary>
        public static Allocator Borrow(IntPtr address)
        {
            IntPtr retained = Native.fa_allocator_retain(address);
            if (retained == IntPtr.Zero)
                throw Failure.Of((Status)Native.fa_last_status());
            return new Allocator(retained);
        }

        // Lifetime

        /// <summary>The version of the library that is loaded.</summary>
        public static string LibraryVersion => Utf8.Read(Native.fa_version_string());

        /// <summary>Whether a backend can be used on this machine.</summary>
        public static bool BackendAvailable(BackendKind kind)
        {
            return Native.fa_backend_available((int)kind) != 0;
        }

        /// <summary>The fa_allocator, for C.</summary>
        public IntPtr Address => core.A;

        /// <summary>References that C# and the host hold; 0 once C# has given up its own.</summary>
        public uint References => core.Released ? 0 : Native.fa_allocator_references(core.Pointer);

        /// <summary>A number that no other allocator of the process has.</summary>
        public ulong Id => Native.fa_allocator_id(core.A);

        /// <summary>Whether it was disposed of.</summary>
        public bool Closed => core.Closed;

        /// <summary>The configuration in force.</summary>
        public AllocatorOptions Options
        {
            get
            {
                var found = Native.fa_config.New();
                core.Check(Native.fa_allocator_config(core.A, &found));
                return new AllocatorOptions(found);
            }
        }

        /// <summary>
        /// Gives up C#'s reference. Frames that run, and blocks, pools and streams that are out, keep the memory until
        /// they have ended, too.
        /// </summary>
        public void Dispose()
        {
            core.Close();
        }

        /// <summary>
        /// Destroys the allocator if nobody else uses it, and throws after so long if somebody still does: frames that
        /// run, and blocks, pools, streams and holds that are out, are uses. Negative waits as long as it takes.
        /// </summary>
        public void Destroy(TimeSpan timeout = default(TimeSpan))
        {
            core.Destroy(timeout);
        }

        // Frames

        /// <summary>Begins a frame on the calling thread.</summary>
        public Frame BeginFrame()
        {
            LaneState lane = core.State;
            return new Frame(lane, lane.Begin(false));
        }

        /// <summary>
        /// The frame that the host has begun on this thread; disposing of it does not end the host's frame.
        /// </summary>
        public Frame JoinFrame()
        {
            LaneState lane = core.State;
            return new Frame(lane, lane.Begin(true));
        }

        /// <summary>Whether a frame runs on the calling thread.</summary>
        public bool InFrame => Native.fa_frame_active(core.A) != 0;

        /// <summary>Makes sure that so many bytes of frames need no memory from the backend.</summary>
        public void Warm(ulong bytes)
        {
            core.Check(Native.fa_frame_warm(core.A, bytes));
        }

        // Figures

        /// <summary>Figures of the whole allocator.</summary>
        public Stats Stats
        {
            get
            {
                var found = Native.fa_stats.New();
                core.Check(Native.fa_allocator_stats(core.A, &found));
                return new Stats(found);
            }
        }

        /// <summary>Gives memory that nobody uses back to the backend; how many bytes.</summary>
        public ulong Trim()
        {
            ulong released;
            core.Check(Native.fa_allocator_trim(core.A, &released));
            return released;
        }

        /// <summary>Whether an address lies in memory of this allocator.</summary>
        public bool Owns(IntPtr address)
        {
            return Native.fa_owns(core.A, (void*)address) != 0;
        }

        /// <summary>Address and usable bytes of every live heap block.</summary>
        public HeapBlock[] HeapBlocks()
        {
            ulong total;
            core.Check(Native.fa_heap_blocks(core.A, null, 0, &total));
            var found = new Native.fa_heap_block[total + 16];
            fixed (Native.fa_heap_block* room = found)
                core.Check(Native.fa_heap_blocks(core.A, room, (ulong)found.Length, &total));
            return Lists.Made(found, total, one => new HeapBlock(one));
        }
    }
}
