// SPDX-License-Identifier: MIT OR Apache-2.0
using System;

namespace Framealloc
{
    /// <summary>A value of a frame that is handed to another thread, without a copy.</summary>
    public sealed unsafe class Transfer
    {
        private readonly Core core;
        private void* memory;

        internal Transfer(Core core, ulong id, void* memory, ulong size)
        {
            this.core = core;
            Id = id;
            this.memory = memory;
            Size = size;
        }

        /// <summary>The fa_transfer, which another thread receives it by.</summary>
        public ulong Id { get; }

        /// <summary>Bytes.</summary>
        public ulong Size { get; }

        /// <summary>The bytes, until it is sent, taken or dropped, or its frame ends.</summary>
        public Span<byte> Bytes
        {
            get
            {
                TransferState now = memory == null ? TransferState.Consumed : State;
                if (now != TransferState.Owned && now != TransferState.Received)
                    throw new StaleException("Transfer", "The transfer was sent or taken, or its frame has ended.");
                return new Span<byte>(memory, checked((int)Size));
            }
        }

        /// <summary>Whose it is now.</summary>
        public TransferState State => (TransferState)Native.fa_transfer_state(core.Raw, Id);

        /// <summary>What is known of it.</summary>
        public TransferInfo Info
        {
            get
            {
                var found = Native.fa_transfer_info.New();
                core.Check(Native.fa_transfer_get_info(core.Raw, Id, &found));
                return new TransferInfo(found);
            }
        }

        /// <summary>Sends it to whoever receives its id first, or to one lane; the id.</summary>
        public ulong Send(Lane lane = null)
        {
            core.Check(lane == null ? Native.fa_transfer_send(core.A, Id)
                : Native.fa_transfer_send_to(core.A, Id, lane.Address));
            memory = null;
            return Id;
        }

        /// <summary>Takes a received value for good: an ordinary block.</summary>
        public Block Take()
        {
            void* taken = core.NeedBlock(Native.fa_transfer_take(core.A, Id));
            memory = null;
            return new Block(core, taken, Size);
        }

        /// <summary>Frees a value that nobody takes.</summary>
        public void Drop()
        {
            core.Check(Native.fa_transfer_drop(core.A, Id));
            memory = null;
        }
    }
}
