using P2P.Core.Multiformats;
using P2P.Node.Documents;

namespace P2P.Node.Tests;

public sealed class AppliedLogTests
{
    [Fact]
    public void What_was_retracted_is_applied_but_not_visible()
    {
        AppliedLog log = new();
        Cid one = Cid.ForDagCbor([1]);
        log.Add(new AppliedEvent(one, TextOrigin.Remote));
        log.Add(new AppliedEvent(Cid.ForDagCbor([2]), TextOrigin.Local));
        log.Add(new AppliedEvent(one, TextOrigin.Retraction));
        Assert.Equal((3, 1), (log.Count, log.Visible));
        log.Add(new AppliedEvent(one, TextOrigin.Remote));
        Assert.Equal((4, 2), (log.Count, log.Visible));
    }
}
