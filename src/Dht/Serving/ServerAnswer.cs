using P2P.Dht.Wire;

namespace P2P.Dht.Serving;

/// <summary>The outcome of one request.</summary>
internal readonly record struct ServerAnswer(ServerVerdict Verdict, KadMessage? Message = null)
{
    public bool IsRefusal => Verdict is not (ServerVerdict.Answer or ServerVerdict.Silent);
}
