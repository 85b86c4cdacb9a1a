/** Rows of keyboards that fingers run along. */
export const KEYBOARD_ROWS = [
  "1234567890",
  "qwertyuiop",
  "asdfghjkl",
  "zxcvbnm",
  "qwertzuiop",
  "azertyuiop",
  "qsdfghjklm",
  "1q2w3e4r5t6y7u8i9o0p",
  "1qaz2wsx3edc4rfv5tgb6yhn",
  "qazwsxedcrfvtgbyhnujm",
  "zaq1xsw2cde3vfr4",
  "йцукенгшщзхъ",
  "фывапролджэ",
  "ячсмитьбю",
  "147258369",
  "789456123",
];

/**
 * The words at the heart of the passwords that turn up most in published leaks, in lower case and without the digits
 * and signs that people put around them. Words shorter than a password are there for those digits.
 */
export const COMMON_PASSWORDS =
  "password passwort passwd passw0rd passord wachtwoord contrasena contraseña motdepasse senha parola haslo heslo salasana " +
  "losenord lösenord adgangskode jelszo sifre parool пароль привет любовь наташа максим марина кристина светлана mima woaini " +
  "woaini1314 iloveyou iloveu iloveyousomuch ilovegod iloveme ilovemyself loveyou lovely loveme lover lovers lovelove " +
  "teamo tequiero amor amore mylove mylover truelove admin administrator administrador root toor sysadmin superuser superadmin " +
  "user username test tester testing testtest guest default changeme change changeit letmein letmeinnow welcome welcomeback " +
  "willkommen bienvenue login logmein access accessgranted master secret mysecret topsecret private nopassword nopass " +
  "mypassword mypass yourpassword thepassword newpassword oldpassword password1 passwordpassword temp temporary temppass " +
  "computer internet server system windows microsoft google facebook instagram twitter youtube linkedin myspace yahoo hotmail " +
  "gmail samsung nokia motorola iphone android apple macintosh dell toshiba compaq lenovo sony playstation nintendo xbox " +
  "pokemon pikachu minecraft fortnite starcraft warcraft worldofwarcraft callofduty counterstrike halflife finalfantasy zelda " +
  "mario supermario sonic tetris starwars startrek skywalker darkvader darthvader yoda jedi obiwan matrix neo trinity morpheus " +
  "gandalf frodo aragorn legolas hobbit lordoftherings harrypotter hogwarts gryffindor batman superman spiderman ironman wolverine " +
  "hulk captain avenger avengers marvel naruto sasuke goku dragonball onepiece hellokitty snoopy garfield mickey mickeymouse " +
  "minnie donald donaldduck tinkerbell winnie winniethepooh tigger scooby scoobydoo simpson simpsons homer bart barney elmo " +
  "spongebob barbie princess prince queen king kingdom angel angels angelina angelica devil demon satan lucifer heaven hell jesus " +
  "jesuschrist jesusis jesuslovesme christ christian godisgood godislove blessed blessing faith grace hope bible church holy " +
  "allah bismillah mohammed muhammad ahmed ali monkey monkeys dragon dragons tiger tigers lion lions eagle eagles falcon " +
  "falcons bear bears panda wolf wolves shark sharks dolphin dolphins whale penguin turtle butterfly buttercup bunny rabbit kitty " +
  "kitten kittens cat cats puppy doggy doggie dog dogs horse horses pony chicken duck ducks froggy frog spider scorpion phoenix " +
  "pegasus unicorn hamster elephant giraffe gorilla panther cougar jaguar leopard cheetah mustang bronco broncos stallion viper " +
  "cobra snake python raptor football soccer baseball basketball softball hockey tennis golf golfer golfing swimming swimmer " +
  "volleyball skateboard snowboard surfing surfer fishing fisher hunting hunter hunters bowling boxing wrestling racing runner " +
  "running cycling biker bike chelsea chelseafc liverpool liverpoolfc arsenal arsenalfc manchester manutd manunited manchesterunited " +
  "everton tottenham newcastle barcelona barca realmadrid juventus milan acmilan inter roma lazio napoli bayern dortmund schalke " +
  "ajax feyenoord celtic rangers benfica porto sporting boca riverplate flamengo corinthians palmeiras santos ronaldo ronaldinho " +
  "messi neymar beckham zidane kobe kobebryant lebron lebronjames jordan michaeljordan lakers celtics bulls chicagobulls yankees " +
  "redsox dodgers giants cubs braves mets steelers cowboys dallascowboys packers raiders patriots redskins dolphins chargers " +
  "saints vikings ravens bengals browns titans buckeyes longhorns gators wildcats bulldogs huskers trojans spartans ferrari " +
  "porsche mercedes mercedesbenz bmw audi volkswagen corvette camaro chevy chevrolet ford toyota honda nissan subaru mazda " +
  "lamborghini maserati jeep harley harleydavidson yamaha kawasaki suzuki ducati truck trucker racecar nascar dale earnhardt " +
  "sunshine sunflower sunny sunset sunrise summer summertime winter spring autumn october november december january february " +
  "march april june july august september monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday " +
  "morning midnight night moonlight moon star stars starlight galaxy universe earth planet ocean beach island river forest mountain " +
  "rainbow thunder lightning storm snow snowball snowman snowflake ice fire firefly flame phoenix flower flowers rose roses lily " +
  "daisy jasmine violet orchid tulip cherry apple apples banana bananas orange oranges strawberry blueberry lemon peach mango coconut " +
  "chocolate cookie cookies candy sugar honey cupcake pumpkin pepper ginger cinnamon vanilla coffee pizza cheese cheeseburger " +
  "hamburger bacon butter pancake popcorn peanut pickle potato tomato cocacola pepsi guinness budweiser corona heineken whiskey " +
  "vodka tequila beer wine michael michelle jennifer jessica ashley amanda nicole daniel daniela danielle anthony antonio andrew " +
  "andrea joshua matthew christopher christine christina nicholas nicolas samantha stephanie jonathan alexander alexandra alexandre " +
  "alejandro alejandra alex benjamin william robert richard charlie charles thomas george patrick patricia kevin brandon justin " +
  "jordan taylor tyler austin dylan hannah emily madison olivia sophia sophie isabella abigail elizabeth victoria victor veronica " +
  "vanessa rebecca rachel melissa heather amber crystal tiffany brittany courtney kimberly kimberley natalie natasha katherine catherine " +
  "kathleen margaret caroline carolina charlotte francesco francesca francisco giovanni giuseppe alessandro alessandra lorenzo " +
  "leonardo federico valentina valeria gabriel gabriela gabriella fernando fernanda roberto ricardo eduardo rodrigo santiago sebastian " +
  "sebastien mauricio guillermo mariana marina maria mariah martin martina marcus marco mario diego carlos pedro pablo juan jose " +
  "joseph josephine luis manuel miguel angel rafael raphael samuel simon stephen steven scott shannon sharon sandra susan suzanne " +
  "barbara beatrice bernard brian bruce bradley cameron carmen cynthia claudia claire clarence dominic dominique dennis derek diana " +
  "donna dorothy douglas edward eleanor eric erica eugene florence frances frank franklin frederic gregory harold helen henry hunter " +
  "jack jackie jackson jacob james jamie janice jason jasper jeffrey jeremy jerome jesse joanna john johnny johnson joyce julia " +
  "julian juliana julie justine karen keith kelly kenneth kristen kristina kyle laura lauren lawrence leonard leslie linda lindsay " +
  "lindsey logan louis louise lucas lucy maggie marie marilyn mark mary mason maurice maxwell megan melanie meredith miranda mitchell " +
  "molly monica morgan murphy nathan nathaniel nelson nicola oliver oscar pamela parker paul paula pauline peter philip phillip " +
  "phoebe preston rachael raymond ronald rosemary roxanne russell sabrina sally sarah sean sharon shelby sheila sidney spencer " +
  "stella stewart stuart sydney sylvia tamara teresa theresa timothy travis trevor tristan valerie vincent virginia walter warren " +
  "wendy wesley whitney wilson winston yvonne zachary buster bailey buddy sparky shadow lucky rocky max duke princess sadie " +
  "ginger oreo coco peanut patches smokey snickers tucker cooper toby harley bandit rusty misty muffin fluffy felix simba nala tinker " +
  "america american england london paris berlin germany deutschland france italia italy spain espana russia moscow canada toronto " +
  "vancouver mexico brasil brazil argentina australia sydney melbourne india mumbai china beijing shanghai hongkong japan tokyo " +
  "philippines manila indonesia jakarta malaysia singapore thailand bangkok vietnam pakistan bangladesh africa nigeria southafrica " +
  "newyork newyorkcity california losangeles hollywood chicago houston dallas texas florida miami boston seattle denver phoenix " +
  "atlanta vegas lasvegas hawaii alaska arizona colorado brooklyn metallica nirvana slipknot linkinpark greenday blink182 eminem " +
  "tupac snoopdogg beatles rollingstones pinkfloyd ledzeppelin queen acdc ironmaiden megadeth pantera slayer korn evanescence " +
  "rammstein depechemode coldplay radiohead oasis backstreet nsync britney beyonce rihanna shakira madonna michaeljackson elvis " +
  "justinbieber onedirection jonasbrothers hannahmontana music musica guitar piano drums drummer trumpet violin singer dancer dance " +
  "dancing hiphop rock rocknroll metal punk reggae techno money dollar dollars million millionaire billionaire rich gold golden " +
  "silver diamond diamonds platinum crystal ruby sapphire emerald pearl bitcoin crypto business company office manager boss service " +
  "support marketing sales school college university student teacher doctor nurse lawyer engineer soldier marine marines army navy " +
  "airforce military sniper killer assassin warrior warriors ninja samurai pirate pirates knight knights wizard merlin magic magician " +
  "hacker hackers cracker phantom ghost vampire zombie monster creature goblin freedom liberty justice peace forever together family " +
  "friend friends bestfriend bestfriends friendship mother mommy mamma mama father daddy papa brother sister cousin grandma grandpa " +
  "baby babygirl babyboy babyblue boyfriend girlfriend husband wife sweetheart sweety sweetie sweetpea honeybee darling cutie cutiepie " +
  "beautiful beauty gorgeous pretty handsome sexy sexygirl sexyboy hottie playboy playgirl playa player gangster gangsta thug bigdaddy " +
  "bigboy badboy badgirl goodboy goodgirl happy happyday happiness smile smiley smiling laugh lol lollol crazy stupid idiot dumbass " +
  "asshole bitch bitches fuckyou fuckoff fuckme fucker motherfucker bullshit shit dickhead pussy whatever nothing something anything " +
  "everything nobody somebody anonymous unknown noname qwerty qwertz azerty asdf asdfgh asdfghjkl asdfasdf zxcvbn zxcvbnm qazwsx " +
  "qwaszx qweasd qweasdzxc qweqwe abc abcd abcde abcdef abcdefg abcdefgh abcabc aaa aaaa abcxyz xyz xxx trustno trustnoone trustme " +
  "blahblah blink bluebird blue bluesky green greenday red redred purple pink pinky yellow black blackie blackcat white whitey " +
  "silver orange brown gray grey rainbow colorful maverick goose iceman topgun rambo terminator gladiator titanic avatar casper " +
  "cowboy cowgirl indian apache comanche cherokee chief scout ranger rangers hunter archer shooter striker bomber destroyer enterprise " +
  "voyager discovery apollo challenger columbia mercury venus mars jupiter saturn neptune pluto uranus zeus apollo athena hermes poseidon " +
  "hades achilles hercules spartan trojan excalibur camelot lancelot arthur guinevere genesis exodus matthew ezekiel isaiah daniel solomon " +
  "goliath samson delilah moses abraham adam eve noah correcthorsebatterystaple openup opensesame sesame iforgot forget forgot remember " +
  "nothing noway goaway getout comeon hello hellohello helloworld hellothere hola bonjour ciao aloha namaste salut hallo goodbye byebye " +
  "thankyou thanks please sorry bigdog bigman bigred littleman littleone tinytim lucky luckyone luckyme winner loser champion champ legend " +
  "hero superhero superstar rockstar popstar supernova stargate starfish stardust moonbeam sunbeam raindrop blizzard hurricane tornado " +
  "avalanche earthquake volcano explosion dynamite bullet rocket missile cannon shotgun trigger hammer anvil toolbox mechanic carpenter " +
  "plumber fireman policeman police sheriff detective sherlock watson jamesbond bond agent agent007 spyder inspector creative design " +
  "designer picture photo camera video movie cinema theater television radio telephone mobile cellphone notebook laptop desktop printer " +
  "keyboard mouse monitor speaker network wireless ethernet router firewall database oracle mysql postgres mongodb redis docker kubernetes " +
  "ubuntu debian linux unix java javascript python";
