// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Collections.Generic;

namespace Framealloc
{
    /// <summary>What every exception of the library has, whatever .NET's own it derives from.</summary>
    public interface IFailure
    {
        /// <summary>Why the call failed.</summary>
        Status Status { get; }

        /// <summary>The report that was made of it, or null.</summary>
        Diagnostic Diagnostic { get; }
    }

    /// <summary>
    /// A call that the library refused: a frame runs already or none does, scopes are not nested, and the like.
    /// </summary>
    public class FrameallocException : InvalidOperationException, IFailure
    {
        internal FrameallocException(string message, Status status, Diagnostic diagnostic = null) : base(message)
        {
            Status = status;
            Diagnostic = diagnostic;
        }

        /// <inheritdoc/>
        public Status Status { get; }

        /// <inheritdoc/>
        public Diagnostic Diagnostic { get; }
    }

    /// <summary>Used on another thread or lane than it belongs to.</summary>
    public sealed class WrongThreadException : FrameallocException
    {
        internal WrongThreadException(string message, Diagnostic diagnostic = null)
            : base(message, Status.WrongLane, diagnostic)
        {
        }
    }

    /// <summary>Something that has ended: a frame, a view of it, an id of what was freed, an allocator.</summary>
    public sealed class StaleException : ObjectDisposedException, IFailure
    {
        internal StaleException(string what, string message, Status status = Status.Stale, Diagnostic diagnostic = null)
            : base(what, message)
        {
            Status = status;
            Diagnostic = diagnostic;
        }

        /// <inheritdoc/>
        public Status Status { get; }

        /// <inheritdoc/>
        public Diagnostic Diagnostic { get; }
    }

    /// <summary>The backend gives no memory.</summary>
    public class MemoryExhaustedException : OutOfMemoryException, IFailure
    {
        internal MemoryExhaustedException(string message, Status status, Diagnostic diagnostic) : base(message)
        {
            Status = status;
            Diagnostic = diagnostic;
        }

        /// <inheritdoc/>
        public Status Status { get; }

        /// <inheritdoc/>
        public Diagnostic Diagnostic { get; }
    }

    /// <summary>A budget, a frame cap or the memory limit is used up.</summary>
    public sealed class BudgetException : MemoryExhaustedException
    {
        internal BudgetException(string message, Status status, Diagnostic diagnostic)
            : base(message, status, diagnostic)
        {
        }
    }

    /// <summary>An argument out of its range, or a pointer that is none of the allocator's.</summary>
    public sealed class RefusedArgumentException : ArgumentException, IFailure
    {
        internal RefusedArgumentException(string message, Status status, Diagnostic diagnostic) : base(message)
        {
            Status = status;
            Diagnostic = diagnostic;
        }

        /// <inheritdoc/>
        public Status Status { get; }

        /// <inheritdoc/>
        public Diagnostic Diagnostic { get; }
    }

    /// <summary>There is nothing of this name, key or index.</summary>
    public sealed class NotFoundException : KeyNotFoundException, IFailure
    {
        internal NotFoundException(string message, Diagnostic diagnostic) : base(message)
        {
            Diagnostic = diagnostic;
        }

        /// <inheritdoc/>
        public Status Status => Status.NotFound;

        /// <inheritdoc/>
        public Diagnostic Diagnostic { get; }
    }

    /// <summary>The time was up first.</summary>
    public sealed class WaitTimeoutException : TimeoutException, IFailure
    {
        internal WaitTimeoutException(string message, Diagnostic diagnostic) : base(message)
        {
            Diagnostic = diagnostic;
        }

        /// <inheritdoc/>
        public Status Status => Status.Timeout;

        /// <inheritdoc/>
        public Diagnostic Diagnostic { get; }
    }

    /// <summary>Makes exceptions of statuses.</summary>
    internal static unsafe class Failure
    {
        /// <summary>The last error that was reported on this thread and has not become an exception.</summary>
        [ThreadStatic] public static Diagnostic Latest;

        public static Exception Of(Status status)
        {
            Diagnostic report = Latest;
            Latest = null;
            if (report != null && report.Status != status)
                report = null;
            string message = report?.ToString() ?? Utf8.Read(Native.fa_status_message((int)status));
            return Of(status, message, report);
        }

        private static Exception Of(Status status, string message, Diagnostic report)
        {
            switch (status)
            {
                case Status.Stale:
                case Status.DoubleFree:
                case Status.InvalidAllocator:
                    return new StaleException(null, message, status, report);
                case Status.OutOfMemory:
                case Status.Size:
                case Status.Backend:
                    return new MemoryExhaustedException(message, status, report);
                case Status.Budget:
                case Status.FrameCap:
                case Status.MemoryLimit:
                    return new BudgetException(message, status, report);
                case Status.InvalidArgument:
                case Status.Alignment:
                case Status.ForeignPointer:
                case Status.InteriorPointer:
                    return new RefusedArgumentException(message, status, report);
                case Status.WrongLane:
                    return new WrongThreadException(message, report);
                case Status.NotFound:
                    return new NotFoundException(message, report);
                case Status.Timeout:
                    return new WaitTimeoutException(message, report);
                default:
                    return new FrameallocException(message, status, report);
            }
        }
    }
}
