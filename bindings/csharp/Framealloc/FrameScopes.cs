// SPDX-License-Identifier: MIT OR Apache-2.0
using System;

namespace Framealloc
{
    /// <summary>A part of a frame whose memory goes at its end.</summary>
    public unsafe struct Subframe : IDisposable
    {
        private readonly LaneState lane;
        private readonly ulong epoch;
        private ulong scope;

        internal Subframe(LaneState lane, ulong epoch, ulong scope)
        {
            this.lane = lane;
            this.epoch = epoch;
            this.scope = scope;
        }

        /// <summary>Frees what was taken inside; the bytes it was. Throws if the part has ended before.</summary>
        public ulong End()
        {
            if (scope == 0)
                throw new StaleException("Subframe", "A part of a frame ends once.");
            ulong bytes, ended = scope;
            scope = 0;
            lane.Core.Check(Native.fa_subframe_end(lane.Settled(epoch), ended, &bytes, null));
            return bytes;
        }

        /// <summary>Ends the part, unless it or its frame has ended before.</summary>
        public void Dispose()
        {
            if (scope != 0 && lane.Runs(epoch))
                End();
        }
    }

    /// <summary>A point of a frame to go back to.</summary>
    public struct Checkpoint : IDisposable
    {
        private readonly LaneState lane;
        private readonly ulong epoch;
        private ulong point;

        internal Checkpoint(LaneState lane, ulong epoch, ulong point)
        {
            this.lane = lane;
            this.epoch = epoch;
            this.point = point;
        }

        /// <summary>Frees what was taken since. Throws if it was rolled back or committed before.</summary>
        public void Rollback()
        {
            ulong mine = Used();
            lane.Core.Check(Native.fa_frame_rollback(lane.Settled(epoch), mine));
        }

        /// <summary>Keeps what was taken since. Throws if it was rolled back or committed before.</summary>
        public void Commit()
        {
            ulong mine = Used();
            lane.Core.Check(Native.fa_frame_commit(lane.Settled(epoch), mine));
        }

        /// <summary>Rolls back, unless it was committed, or its frame has ended.</summary>
        public void Dispose()
        {
            if (point != 0 && lane.Runs(epoch))
                Rollback();
        }

        private ulong Used()
        {
            if (point == 0)
                throw new StaleException("Checkpoint", "A checkpoint is rolled back or committed once.");
            ulong used = point;
            point = 0;
            return used;
        }
    }

    /// <summary>A frame that is held: its memory stays until this is disposed of, on any thread.</summary>
    public sealed class FrameHold : IDisposable
    {
        private readonly Core core;
        private long token;

        internal FrameHold(Core core, ulong token)
        {
            this.core = core;
            this.token = (long)token;
            core.Use();
        }

        /// <summary>Lets go of the frame.</summary>
        public void Dispose()
        {
            ulong mine = (ulong)System.Threading.Interlocked.Exchange(ref token, 0);
            if (mine == 0)
                return;
            try
            {
                core.Check(Native.fa_frame_token_release(core.Pointer, mine));
            }
            finally
            {
                core.Unuse();
            }
        }
    }
}
