using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Dht.Lookup;
using P2P.Dht.Wire;

namespace P2P.Dht.Engine;

/// <summary>Addresses that third parties told during one operation. Bounded in peers and in addresses of each.</summary>
/// <remarks>Spec: limits T22.</remarks>
internal sealed class Hearsay
{
    private readonly Dictionary<PeerId, List<Multiaddr>> _told = [];

    public int Count => _told.Count;

    public IReadOnlyList<Multiaddr> Of(PeerId peer) => _told.GetValueOrDefault(peer) ?? [];

    /// <summary>Notes what one peer tells of another; half of the room stays for later tellers, so that the first one cannot hide the true address.</summary>
    public void Note(PeerId peer, IReadOnlyList<Multiaddr> addresses)
    {
        if (addresses.Count == 0)
        {
            return;
        }

        if (!_told.TryGetValue(peer, out List<Multiaddr>? known))
        {
            if (_told.Count >= KadLookup.CandidatesMax)
            {
                return;
            }

            known = [];
            _told.Add(peer, known);
        }

        int room = KadWire.AddressesMax / (known.Count == 0 ? 2 : 1);
        foreach (Multiaddr address in addresses)
        {
            if (known.Count < room && !known.Contains(address))
            {
                known.Add(address);
            }
        }
    }
}
