// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace Framealloc
{
    /// <summary>
    /// Functions that C calls: one delegate for each kind, which lives as long as the program. What C keeps is a key
    /// into a table, so nothing that it holds can be collected. An exception cannot pass through C: it is kept, and
    /// thrown again when the call that led to it returns.
    /// </summary>
    internal static unsafe class Callbacks
    {
        private static readonly ConcurrentDictionary<long, object> Targets = new ConcurrentDictionary<long, object>();
        private static long lastKey;
        private static int pending;
        [ThreadStatic] private static ExceptionDispatchInfo kept;

        // Delegates must stay where their pointers are in use: for ever.
        private static readonly Native.fa_diagnostic_sink SinkKeeper = OnDiagnostic;
        private static readonly Native.fa_cleanup OnceKeeper = OnOnce;
        private static readonly Native.fa_attempt AttemptKeeper = OnAttempt;
        private static readonly Native.fa_budget_decide DecideKeeper = OnDecide;
        private static readonly Native.fa_budget_listener BudgetKeeper = OnBudget;
        private static readonly Native.fa_event_listener EventKeeper = OnEvent;
        private static readonly Native.fa_handle_relocated RelocatedKeeper = OnRelocated;
        private static readonly Native.fa_stream_evicted EvictedKeeper = OnEvicted;
        private static readonly Native.fa_object_constructor ConstructKeeper = OnConstruct;
        private static readonly Native.fa_object_destructor DestructKeeper = OnDestruct;
        private static readonly Native.fa_backend_allocate AllocateKeeper = OnAllocate;
        private static readonly Native.fa_backend_deallocate DeallocateKeeper = OnDeallocate;
        private static readonly Native.fa_item_test TestKeeper = OnTest;
        private static readonly Native.fa_item_order OrderKeeper = OnOrder;
        private static readonly Native.fa_profile_function ProfileKeeper = OnProfile;
        private static readonly Native.fa_profile_counter_function CounterKeeper = OnCounter;

        public static readonly IntPtr Sink = Pointer(SinkKeeper);
        public static readonly IntPtr Once = Pointer(OnceKeeper);
        public static readonly IntPtr Attempt = Pointer(AttemptKeeper);
        public static readonly IntPtr Decide = Pointer(DecideKeeper);
        public static readonly IntPtr Budget = Pointer(BudgetKeeper);
        public static readonly IntPtr Event = Pointer(EventKeeper);
        public static readonly IntPtr Relocated = Pointer(RelocatedKeeper);
        public static readonly IntPtr Evicted = Pointer(EvictedKeeper);
        public static readonly IntPtr Construct = Pointer(ConstructKeeper);
        public static readonly IntPtr Destruct = Pointer(DestructKeeper);
        public static readonly IntPtr Allocate = Pointer(AllocateKeeper);
        public static readonly IntPtr Deallocate = Pointer(DeallocateKeeper);
        public static readonly IntPtr Test = Pointer(TestKeeper);
        public static readonly IntPtr Order = Pointer(OrderKeeper);
        public static readonly IntPtr Profile = Pointer(ProfileKeeper);
        public static readonly IntPtr Counter = Pointer(CounterKeeper);

        private static IntPtr Pointer(Delegate keeper)
        {
            return Marshal.GetFunctionPointerForDelegate(keeper);
        }

        /// <summary>The key of a target, for as long as it is not forgotten.</summary>
        public static void* Register(object target)
        {
            long key = Interlocked.Increment(ref lastKey);
            Targets[key] = target;
            return (void*)key;
        }

        public static void Forget(void* key)
        {
            Targets.TryRemove((long)key, out _);
        }

        /// <summary>A target that is asked for once.</summary>
        public static T Take<T>(void* key) where T : class
        {
            T target = Target<T>(key);
            Forget(key);
            return target;
        }

        private static T Target<T>(void* key) where T : class
        {
            object target;
            Targets.TryGetValue((long)key, out target);
            var slot = target as Slot;
            return (slot == null ? target : slot.Target) as T;
        }

        private static void Keep(Exception error)
        {
            if (kept != null)
                return; // the first one tells most
            kept = ExceptionDispatchInfo.Capture(error);
            Interlocked.Increment(ref pending);
        }

        /// <summary>Whether a callback of this thread left something to be thrown.</summary>
        public static bool Failed => pending != 0 && kept != null;

        /// <summary>Forgets it, where there is nobody to throw it to.</summary>
        public static void DropKept()
        {
            if (!Failed)
                return;
            kept = null;
            Interlocked.Decrement(ref pending);
        }

        /// <summary>Throws what a callback of this thread left.</summary>
        public static void ThrowKept()
        {
            if (!Failed)
                return;
            ExceptionDispatchInfo error = kept;
            kept = null;
            Interlocked.Decrement(ref pending);
            error.Throw();
        }

        private static void OnDiagnostic(void* user, Native.fa_diagnostic* diagnostic)
        {
            try
            {
                Target<Reports>(user)?.Tell(new Diagnostic(diagnostic));
            }
            catch (Exception error)
            {
                Keep(error);
            }
        }

        /// <summary>For functions that are called once: the call forgets them.</summary>
        private static void OnOnce(void* user)
        {
            try
            {
                object target;
                if (Targets.TryRemove((long)user, out target))
                    ((Action)target)();
            }
            catch (Exception error)
            {
                Keep(error);
            }
        }

        private static int OnAttempt(void* user)
        {
            try
            {
                return Target<Func<bool>>(user)() ? 1 : 0;
            }
            catch (Exception error)
            {
                Keep(error);
                return 0;
            }
        }

        private static int OnDecide(void* user, Native.fa_budget_event* what)
        {
            try
            {
                return (int)Target<Func<BudgetEvent, BudgetPolicy>>(user)(new BudgetEvent(*what));
            }
            catch (Exception error)
            {
                Keep(error);
                return Native.FA_BUDGET_FAIL;
            }
        }

        private static void OnBudget(void* user, Native.fa_budget_event* what)
        {
            try
            {
                Target<Action<BudgetEvent>>(user)?.Invoke(new BudgetEvent(*what));
            }
            catch (Exception error)
            {
                Keep(error);
            }
        }

        private static void OnEvent(void* user, Native.fa_event* what)
        {
            try
            {
                Target<Action<MemoryEvent>>(user)?.Invoke(new MemoryEvent(what));
            }
            catch (Exception error)
            {
                Keep(error);
            }
        }

        private static void OnRelocated(void* user, ulong handle, void* before, void* after, ulong size)
        {
            try
            {
                Target<Action<Relocation>>(user)?.Invoke(new Relocation(handle, (IntPtr)before, (IntPtr)after, size));
            }
            catch (Exception error)
            {
                Keep(error);
            }
        }

        private static void OnEvicted(void* user, ulong asset, void* memory, ulong size)
        {
            try
            {
                Target<EvictedHandler>(user)?.Invoke(asset, new ReadOnlySpan<byte>(memory, checked((int)size)));
            }
            catch (Exception error)
            {
                Keep(error);
            }
        }

        private static int OnConstruct(void* user, void* memory)
        {
            try
            {
                Target<IObjectHooks>(user).Construct(memory);
                return Native.FA_OK;
            }
            catch (Exception error)
            {
                Keep(error);
                return Native.FA_ERROR_STATE;
            }
        }

        private static void OnDestruct(void* user, void* memory)
        {
            try
            {
                Target<IObjectHooks>(user).Destruct(memory);
            }
            catch (Exception error)
            {
                Keep(error);
            }
        }

        private static int OnAllocate(void* user, ulong size, ulong alignment, void** memory)
        {
            try
            {
                *memory = (void*)Target<IBackend>(user).Allocate(size, alignment);
            }
            catch (Exception error)
            {
                Keep(error);
                *memory = null;
            }
            return *memory == null ? Native.FA_BACKEND_FAILED : Native.FA_BACKEND_DONE;
        }

        private static void OnDeallocate(void* user, void* memory, ulong size, ulong alignment)
        {
            try
            {
                Target<IBackend>(user).Deallocate((IntPtr)memory, size, alignment);
            }
            catch (Exception error)
            {
                Keep(error);
            }
        }

        private static int OnTest(void* user, void* item)
        {
            try
            {
                return Target<IItems>(user).Test(item) ? 1 : 0;
            }
            catch (Exception error)
            {
                Keep(error);
                return 0;
            }
        }

        private static int OnOrder(void* user, void* left, void* right)
        {
            try
            {
                return Target<IItems>(user).Compare(left, right);
            }
            catch (Exception error)
            {
                Keep(error);
                return 0;
            }
        }

        private static void OnProfile(void* user, Native.fa_event* what)
        {
            try
            {
                Target<IProfiler>(user)?.Tell(new MemoryEvent(what));
            }
            catch (Exception error)
            {
                Keep(error);
            }
        }

        private static void OnCounter(void* user, Native.fa_profile_counter* counter)
        {
            try
            {
                Target<IProfiler>(user)?.Tell(new CounterSample(counter));
            }
            catch (Exception error)
            {
                Keep(error);
            }
        }
    }
}
