using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>The byte-exact examples of the specification: hashseq, sections 3.1 and 8.</summary>
public sealed class VectorTests
{
    private const string Earth = "b0cc048094b1973f32b6521222ce7213a3515c2651ed746b6d970deb28c77baf";
    private const string Mars = "1844a73e3083ab52533efc573f0192865b90a5b519780b3afc57edd7d4171630";

    [Fact]
    public void The_document_and_its_origin_are_those_of_the_specification()
    {
        Assert.Equal("bafyreibn7dys4jlpyrsyoecudta76r7mb2tpliajtaookuxbd6tlu7x2ni", TestEvents.Document.ToString());
        Assert.Equal("112c068227f1f162f18a09aa8972931511ff2cd44692c818c909eaeef17d1ca2", IdHash.Origin(TestEvents.Document).ToString());
    }

    [Theory]
    [InlineData("h", "bd2279704d46480547c04e1f187ecb9477e7c9cc81eef18cc67c94e56856a4b3", "bd2279704d464805", "4b3")]
    [InlineData("he", null, "cf89c2573fe94477", "e694c3")]
    [InlineData("hel", null, "5958e1d48761ffb4", "efb655")]
    [InlineData("hell", null, "f0c5849f7859727b", "bdb5da")]
    [InlineData("hello", null, "97eab84e27d0c56c", "d4d2a1")]
    [InlineData("hello ", null, "d14d7ed8d3256e97", "832a0c")]
    [InlineData("hello e", null, "ad3ffd6e36c3c812", "8dc7e6")]
    [InlineData("hello m", null, "4810d7afab065893", "38caf0")]
    [InlineData("hello earth", Earth, "b0cc048094b1973f", "c77baf")]
    [InlineData("hello mars", Mars, "1844a73e3083ab52", "171630")]
    public void The_last_element_of_a_text_has_the_id_of_the_specification(string text, string? whole, string head, string tail)
    {
        Sequence sequence = new(TestEvents.Document);
        sequence.Insert(0, text);

        string id = sequence.GetId(text.Length - 1).ToString();

        Assert.StartsWith(head, id, StringComparison.Ordinal);
        Assert.EndsWith(tail, id, StringComparison.Ordinal);
        Assert.True(whole is null || whole == id);
    }

    [Fact]
    public void An_insertion_with_extra_dependencies_and_a_removal_have_the_ids_of_the_specification()
    {
        ElementId[] extras = [.. new[] { Earth, Mars }.Select(h => ElementId.Read(Convert.FromHexString(h))).Order()];
        Sequence hello = new(TestEvents.Document);
        hello.Insert(0, "hello");

        Assert.Equal(
            "8eb6a9c3d28c4904bc91134b837dcaef8f298c520af7c5c0986412788ffa7065",
            IdHash.Element(OpKind.InsertBefore, 'X', hello.GetId(1), extras).ToString());
        Assert.Equal(
            "f9f7acc74780c60595d87cc49fbd68a082c8d2321f36e656b10bd7f3f0edc704",
            IdHash.Element(OpKind.Remove, 0, hello.GetId(3), [ElementId.Read(Convert.FromHexString(Earth))]).ToString());
        hello.Insert(5, "\U0001F600");
        Assert.Equal("0b455c81b90bfbd15b2cfbf97b9a69f2d1862c3ab9336b94e2422635b8c86f53", hello.GetId(5).ToString());
        Assert.Equal(
            "bc2f1f6b0128774e28d1a6afda9a43edf78a11da1f73c511c665d43280954607",
            IdHash.Salt(TestEvents.AuthorA, 1).ToString());
    }

    [Fact]
    public void The_four_events_of_the_specification_have_their_bytes_and_lead_to_their_text()
    {
        VectorWriter a = new(0x00);
        VectorWriter b = new(0x20);
        a.Sequence.Insert(0, "hello earth");
        Event a1 = a.Cut(215, "bafyreigvrnca6wjhekrqaqmiemngkyhyro3yn2sar6vbmnfbv46hcua7vm");
        Assert.Equal("a163696e738182006b68656c6c6f206561727468", Convert.ToHexStringLower(a1.Body.Span));
        b.Sequence.Insert(0, "hel");
        Event b1 = b.Cut(207, "bafyreiechu2s25uz22ibnqzj3je4yp3pzkg7b374bsnles3dlmbbrmxpmq");
        b.Sequence.Insert(3, "lo mars");
        Event b2 = b.Cut(253, "bafyreicjxslpiswlcvstx6b6yvbun3waishlrsrwgdie2ygpdl47oqa5mm");

        a.Receive(b1);
        a.Receive(b2);
        Assert.Equal("hello marsearth", a.Sequence.GetText());
        a.Sequence.Insert(1, "X");
        a.Sequence.Delete(4, 1);
        Event a2 = a.Cut(304, "bafyreicsavd726e24yuhuntdovxf2ajd7fkj4uh66thq6fmpu43qrbvx3a");
        Assert.Equal("hXelo marsearth", a.Sequence.GetText());
        Assert.Equal("8eb6a9c3d28c4904bc91134b837dcaef8f298c520af7c5c0986412788ffa7065", a.Sequence.GetId(1).ToString());

        b.Receive(a1);
        b.Receive(a2);
        Assert.Equal("hXelo marsearth", b.Sequence.GetText());
    }

    [Fact]
    public void A_reply_below_a_dependency_is_the_event_of_the_specification()
    {
        VectorWriter a = new(0x00);
        VectorWriter b = new(0x20);
        a.Sequence.Insert(0, "hello earth");
        Event a1 = a.Cut(215, "bafyreigvrnca6wjhekrqaqmiemngkyhyro3yn2sar6vbmnfbv46hcua7vm");
        b.Receive(a1);
        b.Sequence.Insert(11, " hi");
        Event b1 = b.Cut(250, "bafyreichunpbeulazaxhcnxb7ashmf76hryg3mj5icq2mdp5nv44ny4osq");
        a.Receive(b1);
        a.Sequence.Insert(14, "!");
        a.Cut(288, "bafyreicngdftrtn6akc5rpzmrtplwc5ln33a7zuvfpbl4vxtkwk2hycyoy");

        Assert.Equal("hello earth hi!", a.Sequence.GetText());
    }
}
