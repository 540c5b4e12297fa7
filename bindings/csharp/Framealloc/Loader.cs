// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Framealloc
{
    /// <summary>
    /// Finds the shared library. On .NET: the one that FRAMEALLOC_LIBRARY names, one beside the assembly, one of the
    /// package, and then wherever the system has it. Mono looks before any code of ours can run: beside the assembly,
    /// and then by its soname, which the map in Framealloc.dll.config gives.
    /// </summary>
    internal static unsafe class Loader
    {
        /// <summary>Refuses what this package is not for; before the first call.</summary>
        public static void Check()
        {
            if (IntPtr.Size != 8)
                throw new PlatformNotSupportedException("framealloc for .NET needs a process of 64 bits.");
            if (Native.fa_version_check(Native.FA_VERSION) != Native.FA_OK)
            {
                string found = Utf8.Read(Native.fa_version_string());
                throw new DllNotFoundException(
                    $"libframealloc is version {found}, but this package is for {Native.FA_VERSION_STRING}.");
            }
        }

#if NETCOREAPP
        private const string Soname = "libframealloc.so.1";

        // Before anything else of the assembly: functions without a transition are looked for when their caller is
        // compiled.
        [ModuleInitializer]
        internal static void Prepare()
        {
            NativeLibrary.SetDllImportResolver(typeof(Loader).Assembly, Resolve);
        }

        private static IntPtr Resolve(string name, System.Reflection.Assembly assembly, DllImportSearchPath? path)
        {
            if (name != Native.Library)
                return IntPtr.Zero;
            string named = Environment.GetEnvironmentVariable("FRAMEALLOC_LIBRARY");
            if (!string.IsNullOrEmpty(named))
                return NativeLibrary.Load(named);
            string folder = Path.GetDirectoryName(assembly.Location);
            IntPtr found;
            if (NativeLibrary.TryLoad(Path.Combine(folder ?? AppContext.BaseDirectory, Soname), out found) ||
                NativeLibrary.TryLoad(name, assembly, path, out found))
                return found;
            return NativeLibrary.Load(Soname, assembly, path);
        }
#endif
    }
}
