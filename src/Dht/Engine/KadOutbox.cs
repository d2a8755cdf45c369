using P2P.Core.Identity;
using P2P.Dht.Wire;

namespace P2P.Dht.Engine;

/// <summary>Numbers our requests and remembers them until the loop reports how they ended. Owned by the engine.</summary>
internal sealed class KadOutbox
{
    private readonly Dictionary<long, KadRpc> _inFlight = [];
    private List<KadEffect> _effects = [];
    private long _lastId;

    public int InFlight => _inFlight.Count;

    public TimeSpan Now { get; private set; }

    /// <summary>Effects go into this list until the next call.</summary>
    public void Begin(List<KadEffect> effects, TimeSpan now)
    {
        _effects = effects;
        Now = now;
    }

    public void Add(in KadEffect effect) => _effects.Add(effect);

    public void Send(KadRpcPurpose purpose, PeerId peer, IReadOnlyList<KadMessage> messages, KadOperation? operation = null)
    {
        long id = ++_lastId;
        KadMessageType type = messages[0].Type;
        _inFlight.Add(id, new KadRpc(purpose, peer, type, Now) { Operation = operation });
        _effects.Add(new KadEffect(KadEffectKind.Send, id)
        {
            Peer = peer,
            Messages = messages,
            ExpectsAnswer = type != KadMessageType.AddProvider,
        });
    }

    public KadRpc? Take(long id) => _inFlight.Remove(id, out KadRpc? rpc) ? rpc : null;
}
