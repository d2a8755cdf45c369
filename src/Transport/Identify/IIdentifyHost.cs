using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Transport.Connections;

namespace P2P.Transport.Identify;

/// <summary>What identify needs of the connection manager.</summary>
internal interface IIdentifyHost
{
    IReadOnlyList<Multiaddr> ListenAddresses { get; }

    /// <summary>Protocols we accept now: only what a remote can really open.</summary>
    IReadOnlyList<string> OwnProtocols { get; }

    /// <summary>Connected peers that accept pushes.</summary>
    IReadOnlyList<PeerId> PushTargets { get; }

    /// <summary>Takes over what an authenticated peer said of itself.</summary>
    void Apply(PeerId peer, Multiaddr remoteAddress, IdentifyInfo info);

    /// <summary>Counts a statement that was not taken over.</summary>
    void Refuse(PeerId peer, IdentifyStatus reason);

    Task<PeerStream> OpenStreamAsync(PeerId peer, IReadOnlyList<string> protocols, CancellationToken cancellationToken);
}
