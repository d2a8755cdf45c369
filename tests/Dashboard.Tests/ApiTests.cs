using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using P2P.Cli.Tests;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Dashboard.Security;
using P2P.Node;
using P2P.Node.Documents;
using P2P.Node.Logs;
using P2P.TestSupport;

namespace P2P.Dashboard.Tests;

/// <summary>What the page is told.</summary>
public sealed class ApiTests
{
    [Fact]
    public async Task The_overview_is_the_node()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        await dashboard.OpenDocumentAsync("notes");
        JsonNode overview = await dashboard.GetAsync("api/overview");
        Assert.Equal(dashboard.Node.PeerId.ToString(), (string?)overview["peer"]);
        Assert.Equal(dashboard.Node.Name, (string?)overview["name"]);
        Assert.Equal(("dashboard-tests", "lan"), ((string?)overview["network"], (string?)overview["profile"]));
        Assert.Equal("notes", (string?)overview["documents"]![0]!["name"]);
        Assert.False((bool)overview["write"]!);
    }

    [Fact]
    public async Task The_dag_is_the_store_with_heads_authors_and_links()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        TextDocument notes = await dashboard.OpenDocumentAsync("notes");
        for (int i = 0; i < 5; i++)
        {
            await notes.AppendAsync($"{i}\n");
        }

        JsonNode dag = await dashboard.GetAsync("api/dag?doc=notes");
        Assert.Equal(5, dag["cid"]!.AsArray().Count);
        Assert.Equal(notes.Status.VisibleCount, dag["cid"]!.AsArray().Count);
        Assert.Equal(notes.Status.Heads.Select(static h => h.ToString()), dag["heads"]!.AsArray().Select(static h => (string?)h));
        Assert.True((bool)Assert.Single(dag["authors"]!.AsArray())!["own"]!);
        Assert.Equal([1, 2, 3, 4, 5], dag["height"]!.AsArray().Select(static h => (int)h!));
        Assert.Equal(["[]", "[0]", "[1]", "[2]", "[3]"], dag["links"]!.AsArray().Select(static l => l!.ToJsonString()));
        Assert.Empty(dag["missing"]!.AsArray());
    }

    [Fact]
    public async Task What_waits_and_what_it_waits_for_are_in_the_dag()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        TextDocument notes = await dashboard.OpenDocumentAsync("notes");
        TornHistory torn = await TornHistory.MakeAsync("dashboard-tests", "notes", 3, DashboardUnderTest.Watchdog());
        await notes.AppendAsync("here\n");
        await notes.Replica.InsertBlockAsync(torn.Merge.Bytes, default, DashboardUnderTest.Watchdog());
        JsonNode dag = await dashboard.GetAsync("api/dag?doc=notes");
        Assert.Equal((1, 1, 3), ((int)dag["waitingFrom"]!, (int)dag["waiting"]!, (int)dag["missingCount"]!));
        Assert.Equal([.. notes.Status.Heads.Select(static h => h.ToString()), torn.Merge.Cid.ToString()], dag["cid"]!.AsArray().Select(static c => (string?)c));
        Assert.Equal(torn.Behind.Select(static e => e.Cid.ToString()).Order(), dag["missing"]!.AsArray().Select(static c => (string?)c).Order());
        Assert.Equal([-3, -2, -1], dag["links"]![1]!.AsArray().Select(static l => (int)l!).Order());
        Assert.Equal([0, 1], dag["author"]!.AsArray().Select(static a => (int)a!));

        foreach (Event item in torn.Behind)
        {
            await notes.Replica.InsertBlockAsync(item.Bytes, default, DashboardUnderTest.Watchdog());
        }

        dag = await dashboard.GetAsync("api/dag?doc=notes");
        Assert.Equal((5, 0), ((int)dag["waitingFrom"]!, (int)dag["missingCount"]!));
        Assert.Equal(5, dag["cid"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_log_is_told_from_a_text_and_its_entries_are_read()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        IReplicatedLog<ReadOnlyMemory<byte>> audit = await dashboard.Node.Logs.OpenAsync<ReadOnlyMemory<byte>>("audit", DashboardUnderTest.Watchdog());
        Assert.Equal("empty", (string?)(await dashboard.GetAsync("api/documents"))[0]!["kind"]);
        LogEntry<ReadOnlyMemory<byte>> first = await audit.AppendAsync("entry one"u8.ToArray(), DashboardUnderTest.Watchdog());
        await audit.AppendAsync(new byte[] { 0xff, 0x00 }, DashboardUnderTest.Watchdog());
        TextDocument notes = await dashboard.OpenDocumentAsync("notes");
        await notes.AppendAsync("hello\n");
        Assert.Equal(["log", "text"], (await dashboard.GetAsync("api/overview"))["documents"]!.AsArray().Select(static d => (string?)d!["kind"]));
        JsonNode answer = await dashboard.GetAsync("api/entries?doc=audit");
        JsonArray entries = answer["entries"]!.AsArray();
        Assert.Equal(2, entries.Count);
        Assert.Equal((first.Event.ToString(), "entry one"), ((string?)entries[0]!["event"], (string?)entries[0]!["text"]));
        Assert.Equal((null, "ff00", 2), ((string?)entries[1]!["text"], (string?)entries[1]!["hex"], (int)entries[1]!["bytes"]!));
        Assert.False((bool)answer["more"]!);

        await (await dashboard.OpenDocumentAsync("audit")).AppendAsync("text too\n");
        Assert.Equal(["both", "text"], (await dashboard.GetAsync("api/documents")).AsArray().Select(static d => (string?)d!["kind"]));
    }

    [Fact]
    public async Task What_is_opened_is_a_name_that_can_be_read_or_a_ticket()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(new DashboardOptions { AllowWrites = true });
        await using P2PNode other = await DashboardUnderTest.StartNodeAsync([]);
        TextDocument theirs = await other.Documents.CreateAsync(new DocumentOptions { Name = "theirs", Writers = WriterPolicy.Allow([other.Author.Key!.Value]) });
        using HttpResponseMessage refused = await dashboard.PostAsync("api/documents/open", new JsonObject { ["name"] = "x\u0001y" });
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Empty((await dashboard.GetAsync("api/documents")).AsArray());
        using HttpResponseMessage opened = await dashboard.PostAsync("api/documents/open", new JsonObject { ["name"] = theirs.Ticket.ToString() });
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
        Assert.Equal(theirs.Id.ToString(), (string?)(await dashboard.GetAsync("api/documents"))[0]!["id"]);
    }

    [Fact]
    public async Task A_block_is_shown_and_checked_and_a_stranger_is_not_here()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        TextDocument notes = await dashboard.OpenDocumentAsync("notes");
        await notes.AppendAsync("hello\n");
        JsonNode block = await dashboard.GetAsync($"api/block?cid={notes.Status.Heads[0]}");
        Assert.True((bool)block["here"]!);
        Assert.True((bool)block["sound"]!);
        Assert.Equal("dag-cbor", (string?)block["codec"]);
        Assert.Equal("seq", (string?)JsonNode.Parse((string)block["dagJson"]!)!["t"]);
        JsonNode other = await dashboard.GetAsync("api/block?cid=bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy");
        Assert.False((bool)other["here"]!);
        Assert.Equal("raw", (string?)other["codec"]);
        using HttpResponseMessage wrong = await dashboard.Client.GetAsync(new Uri("api/block?cid=hello", UriKind.Relative), DashboardUnderTest.Watchdog());
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    [Fact]
    public async Task Of_files_and_directories_type_size_and_links_are_shown()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        byte[] content = new byte[(1 << 20) + 5];
        Cid file = await dashboard.Node.Blocks.AddFileAsync(new MemoryStream(content), null, DashboardUnderTest.Watchdog());
        JsonNode block = await dashboard.GetAsync($"api/block?cid={file}");
        Assert.Equal(("File", (long)content.Length, 2), ((string?)block["unixFs"]!["type"], (long)block["unixFs"]!["bytes"]!, (int)block["linkCount"]!));
        Assert.Equal([1 << 20, 5], block["links"]!.AsArray().Select(static l => (int)l!["bytes"]!));
        Assert.Null(block["hex"]);

        DirectoryInfo folder = Directory.CreateTempSubdirectory("p2p-dashboard");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "a.txt"), "hello");
        Cid directory = await dashboard.Node.Blocks.AddFileAsync(folder.FullName, null, DashboardUnderTest.Watchdog());
        folder.Delete(recursive: true);
        block = await dashboard.GetAsync($"api/block?cid={directory}");
        Assert.Equal("Directory", (string?)block["unixFs"]!["type"]);
        JsonNode entry = Assert.Single(block["links"]!.AsArray())!;
        Assert.Equal(("a.txt", 5), ((string?)entry["name"], (int)entry["totalBytes"]!));
        JsonNode leaf = await dashboard.GetAsync($"api/block?cid={entry["cid"]}");
        Assert.Equal(("raw", "68656c6c6f"), ((string?)leaf["codec"], (string?)leaf["hex"]));
    }

    [Fact]
    public async Task Bytes_over_connections_are_counted()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        Assert.Equal(0, (long)(await dashboard.GetAsync("api/overview"))["traffic"]!["received"]!);
        await using P2PNode other = await DashboardUnderTest.StartNodeAsync([.. dashboard.Node.Addresses]);
        await dashboard.Node.Peers.WaitForAsync(1, DashboardUnderTest.Watchdog());
        JsonNode traffic = (await dashboard.GetAsync("api/overview"))["traffic"]!;
        Assert.True((long)traffic["received"]! > 0 && (long)traffic["sent"]! > 0, traffic.ToJsonString());
    }

    [Fact]
    public async Task Checks_are_run_when_asked_for_and_absent_where_there_are_none()
    {
        await using DashboardUnderTest without = await DashboardUnderTest.StartAsync();
        Assert.False((bool)(await without.GetAsync("api/overview"))["checks"]!);
        using HttpResponseMessage none = await without.Client.GetAsync(new Uri("api/checks", UriKind.Relative), DashboardUnderTest.Watchdog());
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);

        int runs = 0;
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(new DashboardOptions
        {
            Checks = _ =>
            {
                runs++;
                return Task.FromResult<IReadOnlyList<DashboardCheck>>([new("store", "problem", "full", "Make room.")]);
            },
        });
        Assert.True((bool)(await dashboard.GetAsync("api/overview"))["checks"]!);
        Assert.Equal(0, runs);
        JsonNode check = Assert.Single((await dashboard.GetAsync("api/checks")).AsArray())!;
        Assert.Equal(("store", "problem", "full", "Make room."), ((string?)check["name"], (string?)check["verdict"], (string?)check["message"], (string?)check["next"]));
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task Who_has_a_cid_is_asked_of_the_peers()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        Cid cid = await dashboard.Node.Blocks.AddFileAsync(new MemoryStream([1, 2, 3]), null, DashboardUnderTest.Watchdog());
        JsonNode alone = await dashboard.GetAsync($"api/providers?cid={cid}");
        Assert.Equal((true, 0, 0), ((bool)alone["pinned"]!, (int)alone["dhtPeers"]!, alone["providers"]!.AsArray().Count));

        await using P2PNode other = await DashboardUnderTest.StartNodeAsync([.. dashboard.Node.Addresses]);
        Cid theirs = await other.Blocks.AddFileAsync(new MemoryStream([4, 5, 6]), null, DashboardUnderTest.Watchdog());
        CancellationToken watchdog = DashboardUnderTest.Watchdog();
        JsonNode answer;
        do
        {
            await Task.Delay(50, watchdog); // the other node tells the DHT in the background
            answer = await dashboard.GetAsync($"api/providers?cid={theirs}");
        }
        while (answer["providers"]!.AsArray().Count == 0);

        JsonNode provider = Assert.Single(answer["providers"]!.AsArray())!;
        Assert.Equal((other.PeerId.ToString(), true), ((string?)provider["peer"], (bool)provider["connected"]!));
        Assert.False((bool)answer["pinned"]!);
    }

    [Fact]
    public async Task A_document_comes_as_a_car_file_with_genesis_and_events()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        TextDocument notes = await dashboard.OpenDocumentAsync("notes");
        await notes.AppendAsync("one\n");
        await notes.AppendAsync("two\n");
        byte[] file = await dashboard.Client.GetByteArrayAsync(new Uri("api/car?doc=notes", UriKind.Relative), DashboardUnderTest.Watchdog());
        Assert.Equal(CarStatus.Valid, CarFile.TryRead(file, out CarFile? car));
        Assert.Equal(notes.Status.Heads, car!.Roots);
        Assert.Equal(3, car.Blocks.Count);
        Assert.Equal(notes.Id, car.Blocks[0].Cid);
    }

    [Fact]
    public async Task The_log_has_what_happened_and_only_what_is_new()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        TextDocument notes = await dashboard.OpenDocumentAsync("notes");
        long after = await UntilAsync(dashboard, 0, "opened");
        await notes.AppendAsync("hello\n");
        await UntilAsync(dashboard, after, "event");
        JsonNode log = await dashboard.GetAsync("api/log?after=0");
        Assert.Equal("ready", (string?)log["events"]![0]!["type"]);
    }

    [Fact]
    public async Task The_log_says_what_json_lines_say_in_their_words()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        TextDocument notes = await dashboard.OpenDocumentAsync("notes");
        long after = await UntilAsync(dashboard, 0, "opened");
        for (int i = 0; i < 25; i++)
        {
            await notes.AppendAsync("hello\n"); // more than one look lists, or not: both are lines
        }

        after = await UntilAsync(dashboard, after, "event");
        await using P2PNode other = await DashboardUnderTest.StartNodeAsync([.. dashboard.Node.Addresses]);
        after = await UntilAsync(dashboard, after, "peer.connected");
        await dashboard.Node.GoOfflineAsync(DashboardUnderTest.Watchdog());
        after = await UntilAsync(dashboard, after, "node.offline");
        dashboard.Node.GoOnline();
        await UntilAsync(dashboard, after, "node.online");
        JsonArray events = (await dashboard.GetAsync("api/log?after=0"))["events"]!.AsArray();
        Assert.Empty(JsonLines.Problems(string.Join('\n', events.Select(static e => e!.ToJsonString()))));
        Assert.Empty(JsonLines.Problems(new JsonObject { ["type"] = "events", ["at"] = "", ["name"] = "notes", ["document"] = "bafy", ["count"] = 5 }.ToJsonString()));
    }

    [Fact]
    public async Task Metrics_are_open_to_a_scraper_of_this_machine_and_name_nobody()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(signedIn: false);
        TextDocument notes = await dashboard.OpenDocumentAsync("notes");
        await notes.AppendAsync("hello\n");
        string text = await dashboard.Client.GetStringAsync(new Uri("metrics", UriKind.Relative), DashboardUnderTest.Watchdog());
        Assert.Contains("# TYPE p2p_dht_routing_table_peers gauge", text, StringComparison.Ordinal);
        Assert.DoesNotContain(dashboard.Node.PeerId.ToString(), text, StringComparison.Ordinal);
        Assert.DoesNotContain("notes", text, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", text, StringComparison.Ordinal);
        using HttpRequestMessage rebound = new(HttpMethod.Get, "metrics");
        rebound.Headers.Host = "attacker.example";
        using HttpResponseMessage refused = await dashboard.Client.SendAsync(rebound, DashboardUnderTest.Watchdog());
        Assert.Equal(HttpStatusCode.MisdirectedRequest, refused.StatusCode);
    }

    [Fact]
    public async Task The_page_gets_every_series_with_its_kind()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        JsonArray metrics = (await dashboard.GetAsync("api/metrics")).AsArray();
        JsonNode table = Assert.Single(metrics, static m => (string?)m!["name"] == "p2p_dht_routing_table_peers")!;
        Assert.Equal(("Gauge", 0.0), ((string?)table["kind"], (double)table["value"]!));
    }

    [Fact]
    public async Task Of_two_documents_of_one_name_the_one_whose_id_is_said_is_shown()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        TextDocument open = await dashboard.OpenDocumentAsync("notes");
        Assert.Equal(open.Id.ToString(), (string?)(await dashboard.GetAsync("api/dag?doc=notes"))["id"]);
        TextDocument listed = await dashboard.Node.Documents.CreateAsync(new DocumentOptions { Name = "notes", Writers = WriterPolicy.Allow([dashboard.Node.Author.Key!.Value]) });
        Assert.NotEqual(open.Id, listed.Id);
        foreach (TextDocument document in new[] { open, listed })
        {
            Assert.Equal(document.Id.ToString(), (string?)(await dashboard.GetAsync($"api/dag?doc={document.Id}"))["id"]);
        }

        foreach (string path in new[] { "api/dag?doc=notes", "api/car?doc=notes" })
        {
            using HttpResponseMessage answer = await dashboard.Client.GetAsync(new Uri(path, UriKind.Relative), DashboardUnderTest.Watchdog());
            Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        }

        Assert.Equal(2, dashboard.Host.Server.Refused(DashboardRefusal.Ambiguous));
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        foreach (string path in new[] { "api/dag?doc=none", "api/car", "nothing.js", "../P2P.Dashboard.dll", "api/overview/more" })
        {
            using HttpResponseMessage answer = await dashboard.Client.GetAsync(new Uri(path, UriKind.Relative), DashboardUnderTest.Watchdog());
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Fact]
    public async Task The_switch_takes_the_node_off_the_network_and_back()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(new DashboardOptions { AllowWrites = true });
        using HttpResponseMessage off = await dashboard.PostAsync("api/offline", new JsonObject { ["offline"] = true });
        Assert.True(dashboard.Node.IsOffline);
        using HttpResponseMessage on = await dashboard.PostAsync("api/offline", new JsonObject { ["offline"] = false });
        Assert.False(dashboard.Node.IsOffline);
        using HttpResponseMessage wrong = await dashboard.PostAsync("api/offline", new JsonObject { ["offline"] = "perhaps" });
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    [Fact]
    public void The_page_names_no_other_place_than_its_own()
    {
        foreach (string name in PageFiles.Names.Where(static n => !n.StartsWith("vendor/", StringComparison.Ordinal)))
        {
            string text = System.Text.Encoding.UTF8.GetString(PageFiles.Find(name)!.Content.Span);
            string[] places = [.. text.Split('"', '\'', '`', ' ', '(').Where(static w => w.Contains("://", StringComparison.Ordinal) || w.StartsWith("//", StringComparison.Ordinal))];
            Assert.All(places, place => Assert.True(place is "http://www.w3.org/2000/svg" or "//", $"{name}: {place}"));
        }

    }

    [Fact]
    public void The_vendored_bundle_is_the_one_whose_hash_is_committed_and_names_its_licence()
    {
        PageFile bundle = PageFiles.Find("vendor/codemirror.js")!;
        string committed = File.ReadAllText(Path.Combine(Require.Root, "build", "codemirror", "codemirror.sha256")).Trim();
        Assert.Equal(committed, Convert.ToHexStringLower(SHA256.HashData(bundle.Content.Span)));
        string notice = System.Text.Encoding.UTF8.GetString(PageFiles.Find("vendor/LICENSE.txt")!.Content.Span);
        string head = System.Text.Encoding.UTF8.GetString(bundle.Content.Span[..1500]);
        Assert.Contains("Permission is hereby granted", notice, StringComparison.Ordinal);
        foreach (string line in head.Split('\n').Where(static l => l.StartsWith(" * ", StringComparison.Ordinal) && l.Contains('.', StringComparison.Ordinal)))
        {
            Assert.Contains(line[3..line.LastIndexOf(' ')], notice, StringComparison.Ordinal);
        }
    }

    private static async Task<long> UntilAsync(DashboardUnderTest dashboard, long after, string type)
    {
        CancellationToken watchdog = DashboardUnderTest.Watchdog();
        while (true)
        {
            watchdog.ThrowIfCancellationRequested();
            JsonNode log = await dashboard.GetAsync($"api/log?after={after}");
            if (log["events"]!.AsArray().Any(e => (string?)e!["type"] == type))
            {
                return (long)log["last"]!;
            }

            await Task.Delay(50, watchdog);
        }
    }
}
