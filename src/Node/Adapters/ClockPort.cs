using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.IntervalTreeClocks;

namespace P2P.Node.Adapters;

/// <summary>Keeps the clock of one document in a file, and its messages until a stream takes them. Used by whoever has the clock's turn.</summary>
internal sealed class ClockPort(ClockFiles files, Cid document) : IIdentityPort
{
    private readonly List<(PeerId Peer, ReadOnlyMemory<byte> Message)> _outgoing = [];

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken) =>
        await files.WriteAsync(document, record, cancellationToken);

    public ValueTask SendAsync(PeerId peer, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        _outgoing.Add((peer, message)); // at most what one turn says
        return ValueTask.CompletedTask;
    }

    /// <summary>Takes what is to be sent to a peer; what is for others is lost, and leaks.</summary>
    public ReadOnlyMemory<byte>? Take(PeerId peer)
    {
        ReadOnlyMemory<byte>? message = null;
        foreach ((PeerId to, ReadOnlyMemory<byte> bytes) in _outgoing)
        {
            message = to == peer ? bytes : message;
        }

        _outgoing.Clear();
        return message;
    }
}
