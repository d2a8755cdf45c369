using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using P2P.TestSupport;

namespace P2P.Node.Tests;

/// <summary>samples/Whiteboard does what its page says.</summary>
public sealed class WhiteboardTests : IDisposable
{
    private const int Strokes = 60;

    private readonly HttpClient _client = new();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Strokes_drawn_on_one_board_are_on_the_other_in_the_same_order()
    {
        await using Child sample = Start();
        (Uri ann, Uri ben) = (await AddressAsync(sample), await AddressAsync(sample));
        await Task.WhenAll(DrawAsync(ann, "red", Strokes), DrawAsync(ben, "blue", 10)); // the order between the two is the document's
        await SeesAsync(ann, Strokes + 10);
        await SeesAsync(ben, Strokes + 10);

        JsonArray left = await ListAsync(ann);
        Assert.Equal(left.ToJsonString(), (await ListAsync(ben)).ToJsonString());
        Assert.Equal(Enumerable.Range(0, Strokes), left.Where(static s => (string?)s!["colour"] == "red").Select(static s => (int)s!["points"]![0]!));
    }

    [Theory]
    [InlineData("application/json", """{"colour":"red","points":[]}""", HttpStatusCode.BadRequest)]
    [InlineData("application/json", """{"colour":"red","points":null}""", HttpStatusCode.BadRequest)]
    [InlineData("text/plain", """{"colour":"red","points":[1,2,3,4]}""", HttpStatusCode.UnsupportedMediaType)]
    public async Task What_is_no_stroke_or_of_another_page_is_refused(string type, string body, HttpStatusCode expected)
    {
        await using Child sample = Start();
        Uri ann = await AddressAsync(sample);
        using StringContent content = new(body, Encoding.UTF8, type);
        Assert.Equal(expected, (await _client.PostAsync(new Uri(ann, "strokes"), content)).StatusCode);
        Assert.Empty(await ListAsync(ann));
        Assert.Contains("<canvas", await _client.GetStringAsync(ann), StringComparison.Ordinal);
    }

    private static Child Start() => Child.StartProgram("Whiteboard.dll", "0", "0");

    private static async Task<Uri> AddressAsync(Child sample) => new((await sample.ReadLineAsync())!.Split(' ')[^1]);

    private async Task DrawAsync(Uri board, string colour, int count)
    {
        for (int i = 0; i < count; i++)
        {
            using StringContent stroke = new(string.Create(CultureInfo.InvariantCulture, $$"""{"colour":"{{colour}}","points":[{{i}},0,{{i}},9]}"""), Encoding.UTF8, "application/json");
            Assert.Equal(HttpStatusCode.NoContent, (await _client.PostAsync(new Uri(board, "strokes"), stroke)).StatusCode);
        }
    }

    private async Task<JsonArray> ListAsync(Uri board) => JsonNode.Parse(await _client.GetStringAsync(new Uri(board, "strokes")))!.AsArray();

    /// <summary>Reads what a page is told until it was told of so many strokes, and checks that their places give the order of the list.</summary>
    private async Task SeesAsync(Uri board, int count)
    {
        using StreamReader live = new(await _client.GetStreamAsync(new Uri(board, "live")));
        CancellationToken watchdog = TestNodes.Watchdog();
        SortedDictionary<string, string> painted = new(StringComparer.Ordinal);
        while (painted.Count < count && await live.ReadLineAsync(watchdog) is string line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                JsonNode told = JsonNode.Parse(line[6..])!;
                painted[(string)told["place"]!] = told["stroke"]!.ToJsonString();
            }
        }

        Assert.Equal((await ListAsync(board)).Select(static s => s!.ToJsonString()), painted.Values);
    }
}
