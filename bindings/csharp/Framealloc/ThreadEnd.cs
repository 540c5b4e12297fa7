// SPDX-License-Identifier: MIT OR Apache-2.0
#if NETCOREAPP
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace Framealloc
{
    /// <summary>
    /// Has threads leave their lanes before .NET leaves them. The library does that by itself when a thread ends, but
    /// too late: callbacks would come when .NET has cleaned up after the thread, which then counts as a new one whose
    /// end nobody tells it, and the next collection looks into a stack that is gone. Mono is told.
    /// </summary>
    internal static unsafe class ThreadEnd
    {
        private static readonly Native.fa_cleanup Keeper = OnEnd;
        private static readonly IntPtr Function = Marshal.GetFunctionPointerForDelegate(Keeper);
        private static volatile bool exiting;

        [ThreadStatic] private static ulong newest;
        [ThreadStatic] private static Dictionary<ulong, WeakReference<Core>> cores;

        static ThreadEnd()
        {
            AppDomain.CurrentDomain.ProcessExit += (sender, arguments) => exiting = true;
        }

        /// <summary>The calling thread uses an allocator.</summary>
        public static void Watch(Core core)
        {
            if (newest == core.Number)
                return;
            newest = core.Number;
            if (cores == null)
                Begin();
            foreach (KeyValuePair<ulong, WeakReference<Core>> one in cores)
            {
                if (!one.Value.TryGetTarget(out _))
                    cores.Remove(one.Key);
            }
            cores[core.Number] = new WeakReference<Core>(core);
        }

        private static void Begin()
        {
            cores = new Dictionary<ulong, WeakReference<Core>>();
            // What ends the main thread ends the process, and nothing is called then.
            if (gettid() != getpid())
                __cxa_thread_atexit_impl(Function, Callbacks.Register(cores), null);
        }

        private static void OnEnd(void* key)
        {
            try
            {
                var known = Callbacks.Take<Dictionary<ulong, WeakReference<Core>>>(key);
                if (!exiting)
                    LeaveLanes(known.Values);
            }
            catch (Exception error)
            {
                Console.Error.WriteLine(error); // there is nobody to throw it to
            }
        }

        private static void LeaveLanes(IEnumerable<WeakReference<Core>> known)
        {
            foreach (WeakReference<Core> one in known)
            {
                if (one.TryGetTarget(out Core core))
                    core.LeaveLane();
            }
            Callbacks.DropKept();
        }

        // Runs before what .NET has registered itself, which was earlier.
        [DllImport("libc.so.6")]
        private static extern int __cxa_thread_atexit_impl(IntPtr function, void* argument, void* module);

        [DllImport("libc.so.6")]
        private static extern int gettid();

        [DllImport("libc.so.6")]
        private static extern int getpid();
    }
}
#endif
