using P2P.Core.Multiformats;
using P2P.Node.Documents;

namespace P2P.Node.Tests;

public sealed class AppliedLogTests
{
    [Fact]
    public void A_retraction_and_a_return_are_changes_like_any_other_so_the_count_never_stays_or_falls()
    {
        AppliedLog log = new();
        Cid one = Cid.ForDagCbor([1]);
        log.Add(new AppliedEvent(one, TextOrigin.Remote));
        log.Add(new AppliedEvent(Cid.ForDagCbor([2]), TextOrigin.Local));
        log.Add(new AppliedEvent(one, TextOrigin.Retraction));
        Assert.Equal(3, log.Count);
        log.Add(new AppliedEvent(one, TextOrigin.Remote));
        Assert.Equal(4, log.Count);
    }
}
