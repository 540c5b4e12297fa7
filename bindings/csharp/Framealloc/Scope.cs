// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Collections.Generic;

namespace Framealloc
{
    internal enum ScopeKind
    {
        Tag,
        Phase,
        Strict
    }

    /// <summary>The scopes of each kind that C# has open on a lane, by numbers that only grow.</summary>
    internal sealed class OpenScopes
    {
        private readonly Stack<ulong>[] open = { new Stack<ulong>(), new Stack<ulong>(), new Stack<ulong>() };
        private ulong last;

        public ulong Push(ScopeKind kind)
        {
            open[(int)kind].Push(++last);
            return last;
        }

        public bool Contains(ScopeKind kind, ulong number)
        {
            return open[(int)kind].Contains(number);
        }

        public ulong Pop(ScopeKind kind)
        {
            return open[(int)kind].Pop();
        }
    }

    /// <summary>A tag, a phase or a level of strictness that ends with its using block, on its thread.</summary>
    public readonly struct Scope : IDisposable
    {
        private readonly LaneState lane;
        private readonly ScopeKind kind;
        private readonly ulong number;

        private Scope(LaneState lane, ScopeKind kind)
        {
            this.lane = lane;
            this.kind = kind;
            number = lane.Scopes.Push(kind);
        }

        /// <summary>What the library has begun, unless it refused to; not if a callback threw meanwhile.</summary>
        internal static Scope Begun(Core core, ScopeKind kind, int status)
        {
            if (status == Native.FA_OK && Callbacks.Failed)
                EndInLibrary(core.Pointer, kind);
            core.Check(status);
            return new Scope(core.State, kind);
        }

        /// <summary>
        /// Ends it, and what was begun inside and has been forgotten. Nothing if it has ended before;
        /// <see cref="WrongThreadException"/> on another thread, or lane, than it was begun on.
        /// </summary>
        public void Dispose()
        {
            if (lane == null || lane.Core.Closed || !lane.Scopes.Contains(kind, number))
                return;
            if (!ReferenceEquals(lane.Core.State, lane))
                throw new WrongThreadException("A scope ends on the thread that began it.");
            LaneState.Settle();
            int status = EndInLibrary(lane.Core.Pointer, kind);
            while (lane.Scopes.Pop(kind) != number)
                status = EndInLibrary(lane.Core.Pointer, kind);
            lane.Core.Check(status);
        }

        private static int EndInLibrary(IntPtr a, ScopeKind kind)
        {
            switch (kind)
            {
                case ScopeKind.Tag:
                    return Native.fa_tag_pop(a);
                case ScopeKind.Phase:
                    return Native.fa_phase_end(a);
                default:
                    return Native.fa_strict_end(a);
            }
        }
    }
}
