using P2P.Core.Identity;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>Port: where an identity is kept and how it reaches peers.</summary>
public interface IIdentityPort
{
    /// <summary>Writes the record; completes when it is durable.</summary>
    /// <param name="record">Replaces the former one as a whole.</param>
    /// <param name="cancellationToken">Cancelling leaves the former or the new record, never a mixture.</param>
    ValueTask WriteAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken);

    /// <summary>Sends a message of <see cref="IdentityMessage"/>, best effort: what is lost leaks an interval.</summary>
    /// <param name="peer">To whom.</param>
    /// <param name="message">The bytes.</param>
    /// <param name="cancellationToken">Cancelling loses the message.</param>
    ValueTask SendAsync(PeerId peer, ReadOnlyMemory<byte> message, CancellationToken cancellationToken);
}
